/* Fingerprints, labels, signing and members as sent, in the lines that export.py writes. */

#include "check.h"

static void fingerprint(char *rest) {
  bytes secret = unhexed(strtok(rest, " "));
  const char *expected = strtok(NULL, " ");
  overten_secret given = {NULL, 0, secret.data, secret.len};
  overten_verifier *verifier = NULL;
  overten_view view = {NULL, 0};
  CHECK(overten_verifier_new(&given, 1, NULL, &verifier, NULL) == OVERTEN_OK);
  CHECK(overten_verifier_secret_fingerprint(verifier, 0, &view) == OVERTEN_OK && view_is(view, expected));
  CHECK(overten_verifier_secret_fingerprint(verifier, 1, &view) == OVERTEN_INVALID_ARGUMENT);
  overten_verifier_free(verifier);
  free(secret.data);
}

static void labels(char *rest) {
  const char *code = strtok(rest, " ");
  overten_secret given[8];
  bytes kept[8];
  char secrets[8][32];
  size_t len = 0;
  for (char *label; len < 8 && (label = strtok(NULL, " ")) != NULL; len++) {
    bool none = strcmp(label, "none") == 0;
    kept[len] = none ? (bytes){NULL, 0} : unhexed(label);
    snprintf(secrets[len], sizeof secrets[len], "whsec_%zu-0123456789abcdef", len);
    given[len] = (overten_secret){kept[len].data, kept[len].len, secrets[len], strlen(secrets[len])};
  }
  overten_verifier *verifier = NULL;
  uint32_t status = overten_verifier_new(given, len, NULL, &verifier, NULL);
  CHECK(strcmp(overten_status_code(status), code) == 0);
  for (size_t i = 0; i < len; i++) {
    overten_view view = {NULL, 0};
    if (status == OVERTEN_OK && kept[i].data != NULL) {
      CHECK(overten_verifier_secret_label(verifier, i, &view) == OVERTEN_OK);
      CHECK(view.len == kept[i].len && memcmp(view.data, kept[i].data, view.len) == 0);
    }
    free(kept[i].data);
  }
  overten_verifier_free(verifier);
}

static void sign(char *rest) {
  bytes secret = unhexed(strtok(rest, " "));
  const char *time = strtok(NULL, " ");
  bytes body = unhexed(strtok(NULL, " "));
  const char *expected = strtok(NULL, " ");
  overten_signature signature;
  overten_error error;
  uint32_t status =
      overten_sign(secret.data, secret.len, strtoll(time, NULL, 10), body.data, body.len, &signature, &error);
  if (strcmp(expected, "refused") == 0) {
    CHECK(status != OVERTEN_OK && error.code == status && error.message[0] != '\0');
  } else {
    CHECK(status == OVERTEN_OK && strcmp(signature.signature, expected) == 0);
    CHECK(strcmp(signature.timestamp, time) == 0);
  }
  free(secret.data);
  free(body.data);
}

static void member(char *rest) {
  bytes body = unhexed(strtok(rest, " ")), name = unhexed(strtok(NULL, " "));
  const char *expected = strtok(NULL, " ");
  overten_verifier *verifier = example_verifier();
  overten_signature signature;
  REQUIRE(overten_sign(TEXT(EXAMPLE_SECRET), EXAMPLE_NOW, body.data, body.len, &signature, NULL) == OVERTEN_OK);
  overten_delivery *delivery = NULL;
  REQUIRE(overten_verify(verifier, signature.signature, strlen(signature.signature), signature.timestamp,
                         strlen(signature.timestamp), body.data, body.len, EXAMPLE_NOW, &delivery, NULL,
                         NULL) == OVERTEN_OK);
  overten_event *event = NULL;
  REQUIRE(overten_delivery_event(delivery, &event, NULL) == OVERTEN_OK);
  overten_view json = {"unwritten", 9};
  CHECK(overten_event_member(event, name.data, name.len, &json) == OVERTEN_OK);
  if (strcmp(expected, "absent") == 0) {
    CHECK(json.data == NULL && json.len == 0);
  } else {
    bytes text = unhexed(expected);
    CHECK(json.data != NULL && json.len == text.len && memcmp(json.data, text.data, text.len) == 0);
    free(text.data);
  }
  overten_event_free(event);
  overten_delivery_free(delivery);
  overten_verifier_free(verifier);
  free(body.data);
  free(name.data);
}

int main(void) {
  char *line = NULL;
  size_t room = 0;
  ssize_t len;
  unsigned ran = 0;
  while ((len = getline(&line, &room, stdin)) > 0) {
    line[len - 1] = '\0';
    char *rest = strchr(line, ' ');
    REQUIRE(rest != NULL);
    *rest++ = '\0';
    checking = line;
    if (strcmp(line, "fingerprint") == 0) fingerprint(rest);
    else if (strcmp(line, "labels") == 0) labels(rest);
    else if (strcmp(line, "sign") == 0) sign(rest);
    else if (strcmp(line, "member") == 0) member(rest);
    else {
    bool known_line = false;
    REQUIRE(known_line);
  }
    ran++;
  }
  free(line);
  printf("ran %u\n", ran);
  return failed != 0;
}

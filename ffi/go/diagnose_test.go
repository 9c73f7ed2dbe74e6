package webhook_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/overten/webhook"
)

type diagnosis struct {
	ID              string
	Secrets, Others []struct {
		Label  *string
		Secret string
	}
	Headers      []struct{ Name, Value string }
	Body         *string
	BodyHex      *string `json:"body_hex"`
	Now          int64
	Tolerance    *int64
	MaxBodyBytes *int `json:"max_body_bytes"`
	Expect       struct {
		Outcome            webhook.Outcome
		Code, Secret       string
		Causes, Suspicions []string
		Lacks              []string
		BeginsAsSignedWith string `json:"begins_as_signed_with"`
		Answer             string
	}
}

func loadDiagnoses(t *testing.T) []diagnosis {
	t.Helper()
	var file struct {
		Count int
		Cases []diagnosis
	}
	loadJSON(t, filepath.Join("testdata", "vectors", "diagnose.json"), &file)
	if file.Count != len(file.Cases) || file.Count < 288 {
		t.Fatalf("%d cases where the file says %d", len(file.Cases), file.Count)
	}
	return file.Cases
}

func (d diagnosis) report() (*webhook.Report, error) {
	header := http.Header{}
	for _, pair := range d.Headers {
		header[pair.Name] = append(header[pair.Name], pair.Value)
	}
	var lists [2]webhook.Secrets
	for n, given := range [][]struct {
		Label  *string
		Secret string
	}{d.Secrets, d.Others} {
		for _, secret := range given {
			if secret.Label == nil {
				lists[n] = lists[n].And(secret.Secret)
			} else {
				lists[n] = lists[n].With(*secret.Label, secret.Secret)
			}
		}
	}
	options := []webhook.DiagnoseOption{webhook.WithOtherSecrets(lists[1])}
	if d.Tolerance != nil {
		options = append(options, webhook.WithTolerance(time.Duration(*d.Tolerance)*time.Second))
	}
	if d.MaxBodyBytes != nil {
		options = append(options, webhook.WithMaxBodyBytes(*d.MaxBodyBytes))
	}
	return webhook.Diagnose(header, hexOr{d.Body, d.BodyHex}.bytes(), time.Unix(d.Now, 0), lists[0], options...)
}

// check says what differs.
func (d diagnosis) check() error {
	report, err := d.report()
	if err != nil {
		return err
	}
	causes, suspicions, lacks := []string{}, []string{}, []string{}
	for _, cause := range report.Causes {
		causes = append(causes, cause.Code)
	}
	for _, suspicion := range report.Suspicions {
		suspicions = append(suspicions, suspicion.Code)
	}
	for _, lack := range report.Lacks {
		lacks = append(lacks, lack.Code)
	}
	want := d.Expect
	isEqual := slices.Equal(causes, want.Causes) && slices.Equal(suspicions, want.Suspicions) && slices.Equal(lacks, want.Lacks) &&
		report.BeginsAsSignedWith == want.BeginsAsSignedWith && report.Answer == want.Answer
	if !isEqual || report.Outcome != want.Outcome || report.Code != want.Code || report.Secret != want.Secret {
		return fmt.Errorf("%s, %s, %q, %v, %v instead of %v", report.Outcome, report.Code, report.Secret, causes, suspicions, want)
	}
	return nil
}

func TestDiagnoses(t *testing.T) {
	before, ran := webhook.Live(), 0
	for _, d := range loadDiagnoses(t) {
		if err := d.check(); err != nil {
			t.Errorf("%s: %v", d.ID, err)
		}
		ran++
	}
	if left := webhook.Live() - before; left > 0 && webhook.EngineName == "native" {
		t.Errorf("%d are left", left)
	}
	t.Logf("%d diagnoses", ran)
}

func TestFlippedDiagnosisFails(t *testing.T) {
	d := loadDiagnoses(t)[0]
	if d.Expect.Causes = []string{"json_escapes"}; d.check() == nil {
		t.Error("the flipped case passed")
	}
}

func TestReportSaysWhatItsJSONSays(t *testing.T) {
	for _, d := range loadDiagnoses(t)[:50] {
		report, err := d.report()
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(report)
		if err != nil {
			t.Fatal(err)
		}
		// What the fields hold, written without the report's own text: only what is absent may be written otherwise.
		type fields webhook.Report
		written, err := json.Marshal((*fields)(report))
		if err != nil {
			t.Fatal(err)
		}
		if got, want := withoutAbsent(t, written), withoutAbsent(t, text); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v\nwant %v", d.ID, got, want)
		}
		for _, cause := range report.Causes {
			if !strings.Contains(report.String(), cause.What) || !strings.Contains(report.String(), cause.Change) {
				t.Errorf("%s: %v is not in %v", d.ID, cause, report)
			}
		}
	}
}

// withoutAbsent is the value without the members that are null or empty texts.
func withoutAbsent(t *testing.T, text []byte) any {
	t.Helper()
	var value any
	if err := json.Unmarshal(text, &value); err != nil {
		t.Fatal(err)
	}
	var strip func(any)
	strip = func(value any) {
		switch value := value.(type) {
		case []any:
			for _, item := range value {
				strip(item)
			}
		case map[string]any:
			for name, member := range value {
				if strip(member); member == nil || member == "" {
					delete(value, name)
				}
			}
		}
	}
	strip(value)
	return value
}

func TestReportShowsNoSecretAndNoSignature(t *testing.T) {
	report, err := webhook.Diagnose(goodHeader(), []byte(goodBody+"\n"), atSigning, webhook.NewSecrets(secretOne),
		webhook.WithOtherSecrets(webhook.NewSecrets(secretTwo)))
	if err != nil {
		t.Fatal(err)
	}
	text, _ := json.Marshal(report)
	shown := fmt.Sprintf("%v%+v%s", report, *report, text)
	if strings.Contains(shown, secretOne[6:20]) || strings.Contains(shown, secretTwo[6:20]) || strings.Contains(shown, goodValue[7:20]) {
		t.Error(shown)
	}
	if secrets := report.Facts.Secrets; secrets[0].Fingerprint != "027cf575" || !secrets[0].IsConfigured || secrets[1].IsConfigured {
		t.Errorf("%v", secrets)
	}
}

func TestDiagnoseTakesTheSecretsAsTheReceiverHasThem(t *testing.T) {
	for lines, want := range map[string]string{"\nold:" + secretTwo + "\nnew:" + secretOne + "\n": "ok", "": "no_secrets", "new:whsec_short": "short_secret"} {
		report, err := webhook.Diagnose(goodHeader(), []byte(goodBody), atSigning, webhook.SecretsFromLines(lines))
		if err != nil || report.Code != want || report.Secret != map[string]string{"ok": "new"}[want] {
			t.Errorf("%v, %v", report, err)
		}
	}
}

func TestDiagnoseRefusesSettingsThatItCannotUse(t *testing.T) {
	for _, option := range []webhook.DiagnoseOption{
		nil, webhook.WithTolerance(-1), webhook.WithMaxBodyBytes(-1), webhook.WithOtherSecrets(webhook.SecretsFromLines(secretOne)),
	} {
		if _, err := webhook.Diagnose(goodHeader(), nil, atSigning, webhook.NewSecrets(secretOne), option); !errors.Is(err, webhook.ErrInvalidArgument) {
			t.Error(err)
		}
	}
	if text, err := json.Marshal(new(webhook.Report)); err != nil || string(text) != "null" {
		t.Errorf("a report that nobody made is %s, %v", text, err)
	}
}

func BenchmarkDiagnose(b *testing.B) {
	body := fmt.Appendf(nil, `{"event":"run.completed","run_id":"run_01","summary":"%s"}`, strings.Repeat("text ", 200_000))
	for b.Loop() {
		if _, err := webhook.Diagnose(goodHeader(), body, atSigning, webhook.NewSecrets(secretOne)); err != nil {
			b.Fatal(err)
		}
	}
}

package webhook

import (
	"fmt"
	"log/slog"

	"example.com/overten/webhook/internal/engine"
)

// Secrets are the secrets that a delivery may be signed with: one to eight, tried in order. They print as their number only.
//
// White space around a secret is removed. A verifier refuses secrets that cannot be right; see [NewVerifier].
type Secrets struct{ secrets *engine.Secrets }

// SecretInfo is what may be shown of a secret: its label, and a fingerprint by which two people can compare what is loaded.
type SecretInfo struct{ Label, Fingerprint string }

// NewSecrets lists secrets as Overten issued them; their labels are secret-0, secret-1 and so on.
func NewSecrets(secrets ...string) Secrets {
	list := new(engine.Secrets)
	for _, secret := range secrets {
		list.List = append(list.List, engine.Secret{Value: []byte(secret)})
	}
	return Secrets{list}
}

// SecretsFromLines reads the form of an environment variable or a mounted file: one secret a line, each `secret` or
// `label:secret`; blank lines are skipped. A secret that holds a colon must be given a label.
func SecretsFromLines(lines string) Secrets {
	return Secrets{&engine.Secrets{ByLine: true, Lines: []byte(lines)}}
}

// And returns s and one secret more, with a label by position.
func (s Secrets) And(secret string) Secrets { return s.add(engine.Secret{Value: []byte(secret)}) }

// With returns s and one secret more, with a label for logs such as subscription, organisation or previous: 1 to 64 of
// A-Z, a-z, 0-9, dot, underscore and hyphen.
func (s Secrets) With(label, secret string) Secrets {
	return s.add(engine.Secret{Label: label, HasLabel: true, Value: []byte(secret)})
}

func (s Secrets) add(secret engine.Secret) Secrets {
	list := s.orNone()
	list.List = append(list.List, secret)
	return Secrets{&list}
}

// Format prints how many there are, whatever the verb.
func (s Secrets) Format(state fmt.State, _ rune) {
	if s.secrets != nil && s.secrets.ByLine {
		fmt.Fprint(state, "webhook.Secrets(from lines)")
		return
	}
	fmt.Fprintf(state, "webhook.Secrets(%d)", len(s.orNone().List))
}

// LogValue is what Format prints.
func (s Secrets) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(s)) }

// MarshalText is what Format prints, so that no encoder shows more.
func (s Secrets) MarshalText() ([]byte, error) { return fmt.Append(nil, s), nil }

// orNone is a copy.
func (s Secrets) orNone() engine.Secrets {
	if s.secrets == nil {
		return engine.Secrets{}
	}
	return s.secrets.Clone()
}

// usable is a copy, unless the settings beside them or their form cannot be used.
func (s Secrets) usable(refusal *Error) (engine.Secrets, *Error) {
	given := s.orNone()
	if refusal == nil && given.ByLine && len(given.List) > 0 {
		refusal = newError(ErrInvalidArgument, nil, "to secrets read from lines none can be added: give it a line there")
	}
	return given, refusal
}

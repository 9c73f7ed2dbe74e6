package webhook_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"example.com/overten/webhook"
)

func TestSigningIsPublicAndGivesWhatOvertenSends(t *testing.T) { // K11-01
	signature, err := webhook.Sign(secretOne, atSigning, []byte(goodBody))
	if err != nil || signature.SignatureValue != goodValue || signature.TimestampValue != "1760000000" {
		t.Fatal(signature, err)
	}
	header := http.Header{}
	signature.SetOn(header)
	if _, err := mustVerifier(t, webhook.NewSecrets(secretOne)).Verify(header, []byte(goodBody), atSigning); err != nil {
		t.Error(err)
	}
}

func TestSwitchOverThreeTypesIsComplete(t *testing.T) { // K11-07
	kinds := []reflect.Type{reflect.TypeFor[*webhook.RunCompleted](), reflect.TypeFor[*webhook.RunFailed](), reflect.TypeFor[*webhook.Other]()}
	v := mustVerifier(t, webhook.NewSecrets(secretOne))
	for n, name := range []string{"run.completed", "run.failed", "run.paused"} {
		event := eventOf(t, v, []byte(`{"event":"`+name+`","run_id":"run_10"}`))
		if reflect.TypeOf(event) != kinds[n] || event.Name() != name {
			t.Errorf("%s is a %T", name, event)
		}
	}
	// Nobody else can make one: the interface has a method that only this package can write, and these are all who have it.
	sealed := false
	for n := range reflect.TypeFor[webhook.Event]().NumMethod() {
		sealed = sealed || !reflect.TypeFor[webhook.Event]().Method(n).IsExported()
	}
	if names := typesThatEmbed(t, "event"); !sealed || !slices.Equal(names, []string{"Other", "RunCompleted", "RunFailed"}) {
		t.Errorf("sealed: %v; the events are %v", sealed, names)
	}
}

// typesThatEmbed lists the package's structs that embed the type of that name.
func typesThatEmbed(t *testing.T, embedded string) (names []string) {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(node ast.Node) bool {
			spec, isType := node.(*ast.TypeSpec)
			if !isType {
				return true
			}
			if structure, is := spec.Type.(*ast.StructType); is {
				for _, field := range structure.Fields.List {
					if name, is := field.Type.(*ast.Ident); is && len(field.Names) == 0 && name.Name == embedded {
						names = append(names, spec.Name.Name)
					}
				}
			}
			return true
		})
	}
	slices.Sort(names)
	return names
}

// Package webhook is the receiving end of Overten's signed webhooks: it proves that a delivery came from Overten, reads it,
// and takes it in exactly once.
//
// A service that only wants its events mounts a [Handler]. One that has its own HTTP layer makes a [Verifier] and hands it
// headers, body and time; a [Delivery] that comes back is the proof, and [Delivery.Event] reads it:
//
//	delivery, err := verifier.Verify(request.Header, body, time.Now())
//	if err != nil {
//		return err // errors.Is(err, webhook.ErrSignatureMismatch), …
//	}
//	event, err := delivery.Event()
//
// Every verdict, key and answer is made by the same core as in Overten's receivers for other languages. By default the core
// runs as WebAssembly embedded in this module, so that go get needs no C compiler and CGO_ENABLED=0 works. Built with the tag
// overten_native the module links the installed C library instead, which is several times faster; nothing else changes.
//
// What is deliberately not done here: no retry, no queue, no order of events (a run.failed may come after a newer task's
// run.completed), and no routing on the X-Overten-Event header, which is not signed.
package webhook

package webhook

import (
	"context"
	"errors"
	"net/http"
	"time"

	"example.com/overten/webhook/internal/engine"
)

// Middleware lets authentic, fresh deliveries through to the next handler, which finds the delivery by [DeliveryFrom] and may read
// the body itself. Everything else is answered as a [Handler] would; rejected, which may be nil, is told what and why, for a log.
//
// It is [Verifier.VerifyRequest] by the system's clock, and knows no store: whether a delivery was handled before, and what is
// answered to one that cannot be read or handled, is for the next handler to know. A [Handler] does all of that.
func (v *Verifier) Middleware(next http.Handler, rejected func(request *http.Request, reason error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		delivery, err := v.VerifyRequest(request, time.Now())
		if err == nil {
			next.ServeHTTP(w, request.WithContext(context.WithValue(request.Context(), deliveryKey{}, delivery)))
			return
		}
		if rejected != nil {
			rejected(request, err)
		}
		code := ErrUnavailable
		if reason := new(Error); errors.As(err, &reason) {
			code = reason.Code
		}
		answer, failure := engine.AnswerTo(code.Number(), http.StatusUnauthorized)
		if failure != nil {
			answer = brokenAnswer
		}
		writeAnswer(w, answer)
	})
}

// DeliveryFrom is the delivery that [Verifier.Middleware] has verified; nil in any other context.
func DeliveryFrom(ctx context.Context) *Delivery {
	delivery, _ := ctx.Value(deliveryKey{}).(*Delivery)
	return delivery
}

type deliveryKey struct{}

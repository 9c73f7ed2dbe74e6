package webhook_test

import (
	"bufio"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"testing"
)

// pipes is a listener for connections in memory, which a bubble's clock moves.
type pipes struct {
	connections chan net.Conn
	closed      chan bool
}

func serveInMemory(handler http.Handler) (*http.Server, pipes) {
	listener := pipes{make(chan net.Conn), make(chan bool)}
	server := &http.Server{Handler: handler, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)}
	go func() { _ = server.Serve(listener) }()
	return server, listener
}

func (p pipes) dial() net.Conn {
	here, there := net.Pipe()
	p.connections <- there
	return here
}

func (p pipes) Accept() (net.Conn, error) {
	select {
	case connection := <-p.connections:
		return connection, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p pipes) Close() error   { close(p.closed); return nil }
func (p pipes) Addr() net.Addr { return &net.UnixAddr{} }

// readAnswer gives status and body.
func readAnswer(tb testing.TB, connection io.Reader) string {
	tb.Helper()
	answer, err := http.ReadResponse(bufio.NewReader(connection), nil)
	if err != nil {
		tb.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		tb.Fatal(err)
	}
	return fmt.Sprintf("%d %s", answer.StatusCode, text)
}

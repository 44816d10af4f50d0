//go:build unix

package state_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/crisphost/crisphost/bindings"
	"github.com/crisphost/crisphost/internal/statetest"
	"github.com/crisphost/crisphost/scripts/state"
)

// TestStoreWaitsForPostgres has calls begin while the server is away.
func TestStoreWaitsForPostgres(t *testing.T) {
	server := statetest.New(t)
	s, ctx := statetest.Open(t, server.Database(t)).SharedStore(), t.Context()
	must[float64](t)(s.Increment(ctx, "n", 1, 0))
	must[bool](t)(s.Set(ctx, "gone", []byte("1"), bindings.StoreOptions{}))
	if err := server.Stop(); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	begun := make(chan struct{}, 4)
	for _, call := range []func() (any, error){
		func() (any, error) { return s.Increment(ctx, "n", 1, 0) },
		func() (any, error) { return s.Set(ctx, "k", []byte("1"), bindings.StoreOptions{}) },
		func() (any, error) { return s.Set(ctx, "c", []byte("1"), bindings.StoreOptions{Compare: true}) },
		func() (any, error) { return s.Delete(ctx, "gone") },
	} {
		all.Go(func() {
			begun <- struct{}{}
			if result, err := call(); err != nil || result == false {
				t.Errorf("%v, %v", result, err)
			}
		})
	}
	for range 4 {
		<-begun
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	all.Wait()
	if got := string(must[*bindings.Stored](t)(s.Get(ctx, "n")).Value); got != "2" {
		t.Errorf("n is %s", got)
	}
}

// TestNothingIsDoneTwice has connections break in every moment, most of all before the answer to what was done.
func TestNothingIsDoneTwice(t *testing.T) {
	server := statetest.New(t)
	address := server.Database(t)
	direct := statetest.Open(t, address).SharedStore()
	through, cuts := cutting(t, address)
	s, ctx := statetest.Open(t, through).SharedStore(), t.Context()
	const writers, each = 4, 40
	cuts.on.Store(true)
	var all sync.WaitGroup
	var made, unknown atomic.Int64
	for writer := range writers {
		all.Go(func() {
			for i := range each {
				if _, err := s.Increment(ctx, "n", 1, 0); errors.Is(err, state.ErrUnknown) {
					t.Errorf("increment: %v", err) // the server knows of its transactions
				} else if err != nil {
					t.Errorf("increment: %v", err)
				}
				// Each key is made once, and only by this writer.
				key := fmt.Sprint(writer, " ", i)
				switch saved, err := s.Set(ctx, key, []byte("1"), bindings.StoreOptions{Compare: true}); {
				case err != nil:
					t.Errorf("compare and set: %v", err)
				case !saved:
					t.Errorf("compare and set of %s: it was there", key)
				}
				switch deleted, err := s.Delete(ctx, key); {
				case errors.Is(err, state.ErrUnknown):
					unknown.Add(1)
				case err != nil || !deleted:
					t.Errorf("delete of %s: %v, %v", key, deleted, err)
				default:
					made.Add(1)
				}
			}
		})
	}
	all.Wait()
	cuts.on.Store(false)
	if got := string(must[*bindings.Stored](t)(direct.Get(ctx, "n")).Value); got != fmt.Sprint(writers*each) {
		t.Errorf("n is %s after %d increments", got, writers*each)
	}
	if left := must[[]bindings.Stored](t)(direct.List(ctx, "", 10)); len(left) != 1 {
		t.Errorf("%d keys are left", len(left))
	}
	if cuts.count.Load() == 0 {
		t.Error("no connection broke")
	}
	t.Logf("%d connections broke, %d deletions were done, of %d it was not known", cuts.count.Load(), made.Load(), unknown.Load())
}

type cutter struct {
	on    atomic.Bool
	count atomic.Int64
}

// cutting returns the address of a proxy before a server, which breaks a connection now and then in place of handing an answer on.
func cutting(t *testing.T, address string) (string, *cutter) {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &cutter{}
	var open sync.WaitGroup
	t.Cleanup(func() {
		_ = listener.Close()
		open.Wait()
	})
	open.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			server, err := net.DialTimeout("tcp", u.Host, 10*time.Second)
			if err != nil {
				_ = client.Close()
				continue
			}
			closeBoth := func() {
				_ = client.Close()
				_ = server.Close()
			}
			open.Go(func() { c.pass(client, server, false); closeBoth() })
			open.Go(func() { c.pass(server, client, true); closeBoth() })
		}
	})
	t.Cleanup(func() { c.on.Store(false) })
	through := *u
	through.Host = listener.Addr().String()
	return through.String(), c
}

func (c *cutter) pass(from, to net.Conn, cuts bool) {
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if cuts && c.on.Load() && rand.IntN(20) == 0 {
			c.count.Add(1)
			return
		}
		if n > 0 {
			if _, err := to.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

package schedule

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// play has runs take places in simulated time, each for its script's time, and returns the order in which they got one.
func play(t *testing.T, workers int, arrivals []string, takes map[string]time.Duration) string {
	t.Helper()
	var order []string
	synctest.Test(t, func(t *testing.T) {
		var places turns
		places.init(workers)
		began := make(chan string, len(arrivals))
		for _, script := range arrivals {
			go func() {
				if !places.take(script, t.Context().Done(), 0) {
					t.Errorf("%s got no place", script)
				}
				began <- script
				time.Sleep(takes[script])
				places.give(script, takes[script])
			}()
			synctest.Wait()
		}
		for range arrivals {
			order = append(order, <-began)
		}
		synctest.Wait()
		time.Sleep(time.Hour)
		places.mu.Lock()
		defer places.mu.Unlock()
		if places.free != Places(workers) || len(places.waiting) != 0 {
			t.Errorf("%d places are free of %d, and %d wait", places.free, Places(workers), len(places.waiting))
		}
	})
	return strings.Join(order, " ")
}

func TestTurns(t *testing.T) {
	slow := map[string]time.Duration{"a": 3 * time.Second, "b": 3 * time.Second, "c": 3 * time.Second}
	for name, c := range map[string]struct {
		arrivals string
		takes    map[string]time.Duration
		want     string
	}{
		"one script in its order":       {"a a a", slow, "a a a"},
		"a flood waits for the others":  {"a a a a b c", slow, "a b c a a a"},
		"who had much waits for others": {"a b b b a c", map[string]time.Duration{"a": 9 * time.Second, "b": 3 * time.Second, "c": 3 * time.Second}, "a b c b b a"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := play(t, 1, strings.Fields(c.arrivals), c.takes); got != c.want {
				t.Errorf("began in the order %s, want %s", got, c.want)
			}
		})
	}
}

// When slow runs hold all places for all, one is left for scripts whose runs are short.
func TestReservedPlace(t *testing.T) {
	var places turns
	places.init(2)
	take := places.tryTake
	if !take("quick") {
		t.Fatal("no place on an idle host")
	}
	places.give("quick", 10*time.Millisecond)
	for _, script := range []string{"slow", "new"} {
		if !take(script) {
			t.Errorf("%s gets no place", script)
		}
	}
	if take("slow") || take("unknown") {
		t.Error("the reserved place went to a script that is not known to be quick")
	}
	if !take("quick") {
		t.Error("the reserved place is not for a quick script")
	}
	if take("quick") {
		t.Error("there are more places than there should be")
	}
	places.give("quick", time.Minute) // it is quick no longer
	if take("quick") {
		t.Error("a script that has become slow got the reserved place")
	}
}

// Who waits can stop waiting, when the host ends or the patience does, and nothing is lost.
func TestTurnsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var places turns
		places.init(1)
		never := make(chan struct{})
		places.take("a", never, 0)
		if places.take("b", never, time.Second) {
			t.Error("a place that is taken was given")
		}
		over := make(chan struct{})
		results := make(chan bool)
		go func() { results <- places.take("c", over, 0) }()
		synctest.Wait()
		close(over)
		if <-results {
			t.Error("a place was given after the end")
		}
		places.give("a", time.Second)
		if !places.take("d", never, 0) {
			t.Error("the place was lost")
		}
	})
}

// With many scripts and few places nobody gets much more than another.
func TestTurnsAreFair(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var places turns
		places.init(4)
		end := make(chan struct{})
		time.AfterFunc(time.Hour, func() { close(end) })
		const scripts = 20
		spent := make([]time.Duration, scripts)
		done := make(chan struct{})
		for i := range scripts {
			go func() {
				defer func() { done <- struct{}{} }()
				takes := time.Duration(3+i%5*4) * time.Second
				for places.take(fmt.Sprint(i), end, 0) {
					time.Sleep(takes)
					places.give(fmt.Sprint(i), takes)
					spent[i] += takes
				}
			}()
		}
		for range scripts {
			<-done
		}
		if least, most := slices.Min(spent), slices.Max(spent); most > 2*least {
			t.Errorf("between %v and %v: %v", least, most, spent)
		}
	})
}

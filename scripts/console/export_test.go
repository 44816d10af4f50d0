package console

import "time"

// relatives are ages and how they are told, by the server and by the page's script alike.
var relatives = []struct {
	age  time.Duration
	want string
}{
	{0, "now"}, {4900 * time.Millisecond, "now"}, {-4 * time.Second, "now"}, {5 * time.Second, "5 s ago"}, {59900 * time.Millisecond, "59 s ago"},
	{time.Minute, "1 min ago"}, {-90 * time.Second, "in 1 min"}, {3599 * time.Second, "59 min ago"}, {time.Hour, "1 h ago"},
	{-47*time.Hour - 59*time.Minute, "in 47 h"}, {48 * time.Hour, "2 days ago"}, {-1000 * time.Hour, "in 41 days"},
}

// Relatives lets the tests in a browser use the same cases.
func Relatives(each func(age time.Duration, want string)) {
	for _, r := range relatives {
		each(r.age, r.want)
	}
}

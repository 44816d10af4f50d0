package scripts_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// eventExamples are the examples that events start, with what happens in their inbox.
var eventExamples = map[string]struct {
	env  map[string]string
	play func(*stage)
}{
	"out-of-hours":      {play: playOutOfHours},
	"route-by-language": {play: playLanguages},
	"close-spam":        {play: playSpam},
	"sla-watchdog":      {play: playWatchdog},
	"vip-alert":         {play: playAlert, env: map[string]string{"ALERT_URL": "https://chat.example.com/hook"}},
	"bridge-chat":       {play: playBridge, env: map[string]string{"CHAT_URL": "https://chat.example.com/bot"}},
	"sentiment": {play: playSentiment, env: map[string]string{
		"MODEL_URL": "https://models.example.com/v1/chat/completions", "MODEL_KEY": "secret",
	}},
}

func playOutOfHours(s *stage) {
	sunday := time.Date(2026, time.March, 1, 9, 30, 0, 0, time.UTC)
	for _, at := range []time.Time{
		sunday, sunday.Add(time.Minute), sunday.Add(24 * time.Hour), sunday.Add(33 * time.Hour),
	} {
		s.write("one", "Hello?", at)
	}
	s.write("two", "Anybody there?", sunday)
	s.show("one")
	s.show("two")
}

func playLanguages(s *stage) {
	for session, locale := range map[string]string{"one": "fr-CA", "two": "ar", "three": "pt-BR"} {
		s.change(session, `{"device":{"locales":["`+locale+`"]}}`)
	}
	s.write("one", "Bonjour !", s.host.Now())
	s.write("one", "Encore moi.", s.host.Now())
	s.write("two", "ログインできなくなりました。", s.host.Now())
	s.write("three", "مرحبا", s.host.Now())
	s.write("four", "Hello", s.host.Now())
	for _, session := range []string{"one", "two", "three", "four"} {
		s.show(session)
	}
}

func playSpam(s *stage) {
	s.write("one", "Please see https://example.org/photo.png, it is broken", s.host.Now())
	s.write("two", "Guaranteed first ranking with our SEO: http://seo.example", s.host.Now())
	s.write("three", "Guaranteed first ranking with our SEO, call us", s.host.Now()) // no link: nothing runs
	s.change("four", `{"email":"`+s.known()+`"}`)
	s.write("four", "Is it true? Guaranteed crypto: https://coin.example", s.host.Now())
	for _, session := range []string{"one", "two", "three", "four"} {
		s.show(session)
	}
}

func playWatchdog(s *stage) {
	start := s.host.Now()
	s.write("one", "Hello?", start)
	s.write("one", "Anybody?", start.Add(20*time.Minute))
	s.write("two", "Hi", start)
	s.answer("two", "Hello! How can I help?", false)
	s.answer("one", "Somebody will be with you soon.", true)
	s.tick(start.Add(29 * time.Minute))
	s.tick(start.Add(31 * time.Minute))
	s.tick(start.Add(32 * time.Minute))
	s.write("two", "One more thing", start.Add(33*time.Minute))
	s.tick(start.Add(70 * time.Minute))
	s.show("one")
	s.show("two")
}

func playAlert(s *stage) {
	s.serve = func(_ *http.Request, body string) (int, string) { s.print("the chat gets " + body); return 200, "" }
	s.change("one", `{"nickname":"Ada","segments":["vip","lead"]}`)
	s.write("one", "Hello?", s.host.Now())
	s.write("one", "Anybody?", s.host.Now())
	s.write("two", "I am nobody", s.host.Now())
	s.serve = func(*http.Request, string) (int, string) { return 503, "" }
	s.change("three", `{"nickname":"Bea","segments":["vip"]}`)
	s.write("three", "Hi", s.host.Now())
}

func playBridge(s *stage) {
	replies := []string{}
	s.serve = func(r *http.Request, body string) (int, string) {
		s.print(strings.TrimSpace(fmt.Sprintf("%s %s %s", r.Method, r.URL, body)))
		if r.Method == http.MethodPost {
			return 200, "{}"
		}
		return 200, "[" + strings.Join(replies, ",") + "]"
	}
	s.change("one", `{"nickname":"Ada"}`)
	s.write("one", "Hello?", s.host.Now())
	s.tick(s.host.Now())
	replies = append(replies, `{"id":3,"thread":"`+s.session("one")+`","author":"Maya","text":"Hello Ada!"}`)
	s.tick(s.host.Now())
	s.tick(s.host.Now()) // a chat that gives a reply twice
	s.show("one")
}

func playSentiment(s *stage) {
	answer := `{"sentiment":"negative","summary":"The sensor is broken."}`
	s.serve = func(r *http.Request, body string) (int, string) {
		var asked struct {
			Messages []struct{ Content string }
		}
		if err := json.Unmarshal([]byte(body), &asked); err != nil || len(asked.Messages) != 2 {
			return 400, err.Error()
		}
		s.print(r.Header.Get("Authorization") + " asks about " + asked.Messages[1].Content)
		content, err := json.Marshal(answer)
		if err != nil {
			return 500, err.Error()
		}
		return 200, `{"choices":[{"message":{"content":` + string(content) + `}}]}`
	}
	s.change("one", `{"segments":["vip"]}`)
	s.write("one", "My sensor is broken.\nAgain.", s.host.Now())
	s.show("one")
	answer = `{"sentiment":"positive","summary":"All is well."}`
	s.write("one", "It works now!", s.host.Now())
	s.show("one")
	answer = `{"sentiment":"furious","summary":"A made-up word."}`
	s.write("two", "Hm", s.host.Now())
}

// TestEventExamples runs each example that events start in all its languages, with the events that the sandbox sends
// over RTM when things happen in the inbox. They print the same and have the same effect.
func TestEventExamples(t *testing.T) {
	files, err := filepath.Glob("examples/*.*")
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(files, func(a, b string) int { // Lua first: -update takes its output
		return strings.Compare(strings.Replace(a, ".lua", ".", 1), strings.Replace(b, ".lua", ".", 1))
	})
	ran := map[string]int{}
	for _, file := range files {
		header := readHeader(t, file)
		if len(header.On) == 0 {
			continue
		}
		name := strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
		ran[name]++
		t.Run(filepath.Base(file), func(t *testing.T) {
			checkHeader(t, file)
			example, known := eventExamples[name]
			if !known {
				t.Fatal("nothing happens to this example")
			}
			s := newStage(t, file, header, example.env)
			example.play(s)
			expected := filepath.Join("testdata", "examples", name+".txt")
			got := s.host.Out.String()
			if *update && ran[name] == 1 {
				if err := os.WriteFile(expected, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(expected)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("printed\n%s\nwant\n%s", got, want)
			}
		})
	}
	for name := range eventExamples {
		if ran[name] < 2 {
			t.Errorf("%s is there in %d languages", name, ran[name])
		}
	}
}

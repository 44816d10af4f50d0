package scripts_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/scripts"
)

func TestLimits(t *testing.T) {
	limits := &scripts.Limits{
		MaxMemory: 512 << 20, MaxTimeout: 90 * time.Minute, AllowEnv: []string{"TEAM", "CRM_*"}, DenyEnv: []string{"CRM_KEY"},
		Permissions: []string{"conversations", "people:read", "store:read", "fetch:*.example.com"},
	}
	for _, c := range []struct {
		name   string
		limits *scripts.Limits
		header string
		// want are the errors with their places.
		want []string
	}{
		{"nothing asked", limits, "@schedule every 15m", nil},
		{"as much as allowed", limits, "@memory 512MiB\n@timeout 1h30m\n@env TEAM CRM_ CRM_URL\n@permissions people:read fetch:a.example.com store:read", nil},
		{"memory", limits, "@memory 2GiB", []string{"1:12: @memory 2GiB is above max_memory 512MiB of the configuration"}},
		{"a byte of memory", limits, "@memory 536870913B", []string{"1:12: @memory 536870913B is above max_memory 512MiB of the configuration"}},
		{"timeout", limits, "@timeout 2h", []string{"1:13: @timeout 2h is above max_timeout 1h30m of the configuration"}},
		{"timeout in days", limits, "@timeout 1d", []string{"1:13: @timeout 1d is above max_timeout 1h30m of the configuration"}},
		{"variables", limits, "@env TEAM OTHER\n@env CRM CRM_KEY TEAMS team", []string{
			"1:14: @env OTHER is not in allow_env of the configuration",
			"2:9: @env CRM is not in allow_env of the configuration",
			"2:13: @env CRM_KEY is a secret of the host: scripts cannot read it",
			"2:21: @env TEAMS is not in allow_env of the configuration",
			"2:27: @env team is not in allow_env of the configuration",
		}},
		{"permissions", limits, "@permissions conversations people store:read\n@permissions fetch:example.com", []string{
			"1:31: @permissions people is more than the host's configuration grants",
			"2:17: @permissions fetch:example.com is more than the host's configuration grants",
		}},
		{"all at once, in order", limits, "@permissions *\n@env X\n@timeout 1w\n@memory 1GB", []string{
			"1:17: @permissions * is more than the host's configuration grants", "2:9: @env X is not in allow_env of the configuration",
			"3:13: @timeout 1w is above max_timeout 1h30m of the configuration", "4:12: @memory 1GB is above max_memory 512MiB of the configuration",
		}},
		{"no limits", nil, "@memory 900GiB\n@timeout 10000h\n@env CRM_KEY\n@permissions * fetch:example.com", nil},
		{"zero limits", &scripts.Limits{}, "@memory 900GiB\n@timeout 10000h\n@permissions * fetch:example.com", nil},
		{"zero limits and a variable", &scripts.Limits{}, "@env TEAM", []string{"1:9: @env TEAM is not in allow_env of the configuration"}},
		{"all variables", &scripts.Limits{AllowEnv: []string{"*"}, DenyEnv: []string{"SECRET"}}, "@env A _b SECRET", []string{
			"1:14: @env SECRET is a secret of the host: scripts cannot read it",
		}},
		{"variables as permissions", limits, "@permissions env:TEAM store:read env:OTHER env:CRM_KEY", []string{
			"1:37: @permissions env:OTHER is not in allow_env of the configuration",
			"1:47: @permissions env:CRM_KEY is a secret of the host: scripts cannot read it",
		}},
		{"an empty bound", &scripts.Limits{Permissions: []string{}}, "@permissions store:read", []string{
			"1:17: @permissions store:read is more than the host's configuration grants",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			code := each("-- ", "", "return")(strings.Split(c.header, "\n"))
			header, err := scripts.ReadHeader([]byte(code), engine.Lua)
			if err != nil {
				t.Fatal(err)
			}
			if got := headerProblems(t, c.limits.Check(newEngine(t).Vocabulary(), header)); !slices.Equal(got, c.want) {
				t.Errorf("Check: %q, want %q", got, c.want)
			}
			// A library has the same errors, with the file, and does not take the script.
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "a.lua"), []byte(code), 0o600); err != nil {
				t.Fatal(err)
			}
			list, problems, err := scripts.Check(t.Context(), dir, scripts.LibraryOptions{Engine: newEngine(t), Limits: c.limits})
			if err != nil || len(list) != 1 {
				t.Fatal(list, err)
			}
			var got []string
			for _, p := range problems {
				got = append(got, strings.TrimPrefix(p.Position.String(), "a.lua:")+": "+p.Message)
				if p.Kind != scripts.ProblemHeader || p.Hint == "" || p.SourceLine == "" {
					t.Errorf("%+v", p)
				}
			}
			if !slices.Equal(got, c.want) || (list[0].Version == "") != (c.want != nil) {
				t.Errorf("check finds %q in version %q, want %q", got, list[0].Version, c.want)
			}
		})
	}
}

// headerProblems are the errors of a header in order.
func headerProblems(t *testing.T, err error) (texts []string) {
	t.Helper()
	if err == nil {
		return nil
	}
	var wrong *scripts.HeaderError
	if !errors.As(err, &wrong) {
		t.Fatalf("%T: %v", err, err)
	}
	for _, e := range wrong.All() {
		texts = append(texts, fmt.Sprintf("%d:%d: %s", e.Line, e.Column, e.Problem))
	}
	return texts
}

// TestLimitsOfHeadersWithoutTags has headers that a program made.
func TestLimitsOfHeadersWithoutTags(t *testing.T) {
	limits := &scripts.Limits{MaxMemory: 1 << 20, MaxTimeout: time.Second}
	got := headerProblems(t, limits.Check(newEngine(t).Vocabulary(), scripts.Header{Memory: 1 << 30, Timeout: 90 * time.Minute, Env: []string{"A"}}))
	want := []string{
		"0:0: @memory 1GiB is above max_memory 1MiB of the configuration", "0:0: @timeout 1h30m is above max_timeout 1s of the configuration",
		"0:0: @env A is not in allow_env of the configuration",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

func TestLimitsOfDefaults(t *testing.T) {
	bound := []string{"conversations:read", "fetch:example.com"}
	limits := &scripts.Limits{MaxMemory: 64 << 20, MaxTimeout: time.Minute, Permissions: bound}
	for _, c := range []struct {
		limits           *scripts.Limits
		timeout, expects time.Duration
	}{
		{nil, time.Hour, time.Hour},
		{nil, 0, 0},
		{&scripts.Limits{}, time.Hour, time.Hour},
		{&scripts.Limits{}, 0, 0},
		{limits, time.Hour, time.Minute},
		{limits, time.Second, time.Second},
		{limits, 0, time.Minute},
	} {
		if got := c.limits.Timeout(c.timeout); got != c.expects {
			t.Errorf("%+v: %v is limited to %v, want %v", c.limits, c.timeout, got, c.expects)
		}
	}
	for _, c := range []struct {
		limits                    *scripts.Limits
		header, standard, expects int64
	}{
		{nil, 0, 100, 100}, {nil, 200, 100, 200}, {&scripts.Limits{}, 0, 100, 100},
		{limits, 0, 256 << 20, 64 << 20}, {limits, 0, 100, 100}, {limits, 32 << 20, 256 << 20, 32 << 20},
	} {
		if got := c.limits.Memory(scripts.Header{Memory: c.header}, c.standard); got != c.expects {
			t.Errorf("%+v: %d of %d, want %d", c, got, c.standard, c.expects)
		}
	}
}

// TestAccess has what scripts may do by their headers and by what the operator allows.
func TestAccess(t *testing.T) {
	v := newEngine(t).Vocabulary()
	limits := &scripts.Limits{Permissions: []string{"conversations:read", "fetch:example.com", "files", "billing:read"}}
	if _, err := limits.Access(v, scripts.Header{}); err == nil || !strings.Contains(err.Error(), "permissions in the configuration's [serve] table: unknown permission \"billing:read\"") {
		t.Errorf("a bound of unknown words: %v", err)
	}
	if err := limits.Check(v, scripts.Header{}); err == nil {
		t.Error("a bound of unknown words is no error")
	}
	limits.Permissions = limits.Permissions[:3]
	for _, c := range []struct {
		limits *scripts.Limits
		// header is the tags, allowed and refused are words.
		header, allowed, refused string
	}{
		{nil, "", "conversations store files people", "fetch:example.com env:TEAM"},
		{&scripts.Limits{}, "", "conversations store files", "fetch:example.com env:TEAM"},
		{nil, "@permissions store:read fetch:a.org", "store:read fetch:a.org env:CRISPHOST_RUN_ID", "store:write files:read fetch:b.org conversations:read"},
		{nil, "@env TEAM", "store env:TEAM env:CRISPHOST_TICK", "env:OTHER fetch:a.org"},
		{nil, "@permissions env:TEAM", "env:TEAM env:CRISPHOST_RUN_ID", "env:OTHER store:read"},
		{nil, "@env TEAM\n@permissions files:read", "env:TEAM files:read", "files:write store:read"},
		{limits, "", "conversations:read files:write env:CRISPHOST_SCRIPT", "conversations:write store:read fetch:example.com"},
		{limits, "@env TEAM", "conversations:read env:TEAM", "conversations:write env:OTHER"},
		{limits, "@permissions conversations:read fetch:example.com env:TEAM", "conversations:read fetch:example.com env:TEAM", "files:read fetch:a.org env:OTHER"},
		{limits, "@permissions store", "", "store:read conversations:read"},
		{&scripts.Limits{Permissions: []string{}}, "@env TEAM", "env:TEAM env:CRISPHOST_RUN_ID", "store:read files:read conversations:read"},
	} {
		code := each("-- ", "", "return")(strings.Split(c.header, "\n"))
		header, err := scripts.ReadHeader([]byte(code), engine.Lua)
		if err != nil {
			t.Fatal(err)
		}
		access, err := c.limits.Access(v, header)
		if err != nil {
			t.Errorf("%q: %v", c.header, err)
			continue
		}
		for _, word := range strings.Fields(c.allowed) {
			if outside, ok := access.Outside([]string{word}); ok {
				t.Errorf("%+v, %q: %s is refused", c.limits, c.header, outside)
			}
		}
		for _, word := range strings.Fields(c.refused) {
			if _, ok := access.Outside([]string{word}); !ok {
				t.Errorf("%+v, %q: %s is allowed", c.limits, c.header, word)
			}
		}
	}
}

// TestCheckNamesTheBound has a call that no @permissions refuses, and the operator does.
func TestCheckNamesTheBound(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.lua"), []byte("crisp.conversations.list()\ncrisp.people.list()\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	options := scripts.LibraryOptions{Engine: newEngine(t), Limits: &scripts.Limits{Permissions: []string{"conversations", "store:read"}}}
	_, problems, err := scripts.Check(t.Context(), dir, options)
	if err != nil || len(problems) != 1 {
		t.Fatalf("%+v, %v", problems, err)
	}
	const hint = "add people:read to permissions in the configuration's [serve] table, which allow conversations store:read"
	if p := problems[0]; p.Line != 2 || p.Message != "crisp.people.list needs the permission people:read, which the host's configuration does not grant" || p.Hint != hint {
		t.Errorf("%+v", p)
	}
}

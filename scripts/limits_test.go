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

	"github.com/crisphost/crisphost/bindings"
	"github.com/crisphost/crisphost/crisp/policy"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/scripts"
)

func permissions(t *testing.T, words ...string) *policy.Permissions {
	t.Helper()
	p, err := policy.ParsePermissions(words)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestLimits(t *testing.T) {
	limits := &scripts.Limits{
		MaxMemory: 512 << 20, MaxTimeout: 90 * time.Minute, AllowEnv: []string{"TEAM", "CRM_*"}, DenyEnv: []string{"CRM_KEY"},
		Permissions: permissions(t, "conversations", "people:read", "store:read", "fetch:*.example.com"),
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
			"2:13: @env CRM_KEY is a secret of the host, which no script may read",
			"2:21: @env TEAMS is not in allow_env of the configuration",
			"2:27: @env team is not in allow_env of the configuration",
		}},
		{"permissions", limits, "@permissions conversations people store:read\n@permissions fetch:example.com", []string{
			"1:31: @permissions people is outside permissions of the configuration",
			"2:17: @permissions fetch:example.com is outside permissions of the configuration",
		}},
		{"all at once, in order", limits, "@permissions *\n@env X\n@timeout 1w\n@memory 1GB", []string{
			"1:17: @permissions * is outside permissions of the configuration", "2:9: @env X is not in allow_env of the configuration",
			"3:13: @timeout 1w is above max_timeout 1h30m of the configuration", "4:12: @memory 1GB is above max_memory 512MiB of the configuration",
		}},
		{"no limits", nil, "@memory 900GiB\n@timeout 10000h\n@env CRM_KEY\n@permissions * fetch:example.com", nil},
		{"zero limits", &scripts.Limits{}, "@memory 900GiB\n@timeout 10000h\n@permissions * fetch:example.com", nil},
		{"zero limits and a variable", &scripts.Limits{}, "@env TEAM", []string{"1:9: @env TEAM is not in allow_env of the configuration"}},
		{"all variables", &scripts.Limits{AllowEnv: []string{"*"}, DenyEnv: []string{"SECRET"}}, "@env A _b SECRET", []string{
			"1:14: @env SECRET is a secret of the host, which no script may read",
		}},
		{"an empty bound", &scripts.Limits{Permissions: permissions(t)}, "@permissions store:read", []string{
			"1:17: @permissions store:read is outside permissions of the configuration",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			code := each("-- ", "", "return")(strings.Split(c.header, "\n"))
			header, err := scripts.ReadHeader([]byte(code), engine.Lua)
			if err != nil {
				t.Fatal(err)
			}
			if got := headerProblems(t, c.limits.Check(header)); !slices.Equal(got, c.want) {
				t.Errorf("Check: %q, want %q", got, c.want)
			}
			// A library has the same errors, with the file, and does not take the script.
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "a.lua"), []byte(code), 0o600); err != nil {
				t.Fatal(err)
			}
			list, problems, err := scripts.Check(t.Context(), dir, scripts.LibraryOptions{Runtimes: runtimes(), Modules: bindings.ModuleNames(), Limits: c.limits})
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
	got := headerProblems(t, limits.Check(scripts.Header{Memory: 1 << 30, Timeout: 90 * time.Minute, Env: []string{"A"}}))
	want := []string{
		"0:0: @memory 1GiB is above max_memory 1MiB of the configuration", "0:0: @timeout 1h30m is above max_timeout 1s of the configuration",
		"0:0: @env A is not in allow_env of the configuration",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

func TestLimitsOfDefaults(t *testing.T) {
	bound := permissions(t, "conversations:read", "fetch:example.com")
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
	// A script without @permissions has what the operator allows, but for fetch, which none has without asking.
	for words, want := range map[string]string{"": "conversations:read", "store": "store", "fetch:example.com": "fetch:example.com"} {
		var header scripts.Header
		for _, word := range strings.Fields(words) {
			subject, scope, _ := strings.Cut(word, ":")
			header.Permissions = append(header.Permissions, scripts.Permission{Subject: subject, Scope: scope})
		}
		if got, err := limits.Access(header); err != nil || got.String() != want {
			t.Errorf("%q may do %q, %v; want %q", words, got, err, want)
		}
	}
	for _, none := range []*scripts.Limits{nil, {}} {
		if got, err := none.Access(scripts.Header{}); err != nil || got != nil {
			t.Errorf("without a bound a script may do %q, %v", got, err)
		}
	}
}

// TestCheckNamesTheBound has a call that no @permissions refuses, and the operator does.
func TestCheckNamesTheBound(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.lua"), []byte("crisp.conversations.list()\ncrisp.people.list()\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	options := scripts.LibraryOptions{Runtimes: runtimes(), Modules: bindings.ModuleNames(), Limits: &scripts.Limits{Permissions: permissions(t, "conversations", "store:read")}}
	_, problems, err := scripts.Check(t.Context(), dir, options)
	if err != nil || len(problems) != 1 {
		t.Fatalf("%+v, %v", problems, err)
	}
	const hint = "permissions in the configuration's [serve] table allow conversations store:read"
	if p := problems[0]; p.Line != 2 || p.Message != "crisp.people.list needs the permission people:read" || p.Hint != hint {
		t.Errorf("%+v", p)
	}
}

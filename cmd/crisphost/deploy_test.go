//go:build unix

package main

import (
	"context"
	"encoding/json"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/manage"
	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/scripts/state"
	"github.com/crisphost/crisphost/scripts/telemetry"
	"github.com/crisphost/crisphost/scripts/worker"
)

func readDeploy(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("deploy", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// directive finds the values of a unit's directive.
func directive(unit, name string) (values []string) {
	for line := range strings.Lines(unit) {
		if value, found := strings.CutPrefix(strings.TrimSpace(line), name+"="); found {
			values = append(values, value)
		}
	}
	return values
}

// instruction is the list of a Dockerfile's instruction in JSON.
func instruction(t *testing.T, name string) (list []string) {
	t.Helper()
	for line := range strings.Lines(readDeploy(t, "Dockerfile")) {
		_, words, found := strings.Cut(line, "[")
		if !found || !strings.HasPrefix(line, name+" ") {
			continue
		}
		if err := json.Unmarshal([]byte("["+words), &list); err != nil {
			t.Fatal(err)
		}
	}
	if list == nil {
		t.Fatalf("the Dockerfile has no %s", name)
	}
	return list
}

type composeFile struct {
	Services map[string]struct {
		Image           string            `yaml:"image"`
		Command         []string          `yaml:"command"`
		Environment     map[string]string `yaml:"environment"`
		Secrets         []string          `yaml:"secrets"`
		StopGracePeriod string            `yaml:"stop_grace_period"`
		Ports           []string          `yaml:"ports"`
	} `yaml:"services"`
	Secrets map[string]struct{ File string } `yaml:"secrets"`
}

func readCompose(t *testing.T) (c composeFile) {
	t.Helper()
	if err := yaml.Unmarshal([]byte(readDeploy(t, "compose.yaml")), &c); err != nil {
		t.Fatal(err)
	}
	return c
}

// commandLines are those of all examples, without the program.
func commandLines(t *testing.T) map[string][]string {
	t.Helper()
	lines := map[string][]string{
		"the image":            slices.Concat(instruction(t, "ENTRYPOINT")[1:], instruction(t, "CMD")),
		"the image's own test": instruction(t, "HEALTHCHECK")[1:],
	}
	starts := directive(readDeploy(t, "crisphost.service"), "ExecStart")
	if len(starts) != 1 {
		t.Fatalf("the unit starts %q", starts)
	}
	lines["the unit"] = strings.Fields(starts[0])[1:]
	for name, service := range readCompose(t).Services {
		if service.Image == "crisphost" {
			lines[name] = service.Command
		}
	}
	if lines["host-1"] == nil || lines["host-2"] == nil {
		t.Fatalf("the composition has %v", lines)
	}
	return lines
}

// parseCommand reads a command line as the program does, without running it.
func parseCommand(args []string) (*cobra.Command, error) {
	cmd, rest, err := newRoot(newFactory()).command.Find(args)
	if err != nil {
		return nil, err
	}
	if err := cmd.ParseFlags(rest); err != nil {
		return nil, err
	}
	return cmd, cmd.ValidateArgs(cmd.Flags().Args())
}

func TestDeployCommandLines(t *testing.T) {
	for name, args := range commandLines(t) {
		cmd, err := parseCommand(args)
		if err != nil {
			t.Errorf("%s runs %q: %v", name, args, err)
			continue
		}
		want := "serve"
		if strings.HasSuffix(name, "test") {
			want = "health"
		}
		if cmd.Name() != want {
			t.Errorf("%s runs %q", name, args)
		}
	}
	if _, err := parseCommand([]string{"serve", "--no-such-flag"}); err == nil {
		t.Error("the test cannot fail")
	}
}

// What stops a host waits for longer than the host waits for its runs.
func TestDeployPatience(t *testing.T) {
	const other = 15 * time.Second // the page, the workers, the last traces
	drain := func(args []string) time.Duration {
		cmd, err := parseCommand(args)
		if err != nil {
			t.Fatal(err)
		}
		d, err := cmd.Flags().GetDuration("drain")
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	lines := commandLines(t)
	seconds := directive(readDeploy(t, "crisphost.service"), "TimeoutStopSec")[0]
	if patience, err := time.ParseDuration(seconds + "s"); err != nil || patience < drain(lines["the unit"])+other {
		t.Errorf("the unit waits for %s: %v", seconds, err)
	}
	for name, service := range readCompose(t).Services {
		if service.Image != "crisphost" {
			continue
		}
		if patience, err := time.ParseDuration(service.StopGracePeriod); err != nil || patience < drain(service.Command)+other {
			t.Errorf("%s waits for %q: %v", name, service.StopGracePeriod, err)
		}
	}
}

// Variables of ours must be read somewhere, and what looks like one in the texts too.
func TestDeployVariables(t *testing.T) {
	known := sourceLiterals(t)
	name := regexp.MustCompile(`\b(?:CRISP|CRISPHOST|OTEL)_[A-Z_]*[A-Z]\b`)
	found := 0
	for _, file := range deployFiles(t) {
		for _, variable := range name.FindAllString(readDeploy(t, file), -1) {
			found++
			// The traces' variables are put together from their parts.
			part, otlp := strings.CutPrefix(variable, "OTEL_EXPORTER_OTLP_")
			sdk := variable == "OTEL_TRACES_SAMPLER" // read by OpenTelemetry itself
			if !known[variable] && !sdk && !(otlp && known[part]) {
				t.Errorf("%s: nothing reads %s", file, variable)
			}
		}
	}
	if found < 10 || known["CRISP_NO_SUCH_VARIABLE"] {
		t.Errorf("%d variables", found)
	}
}

func deployFiles(t *testing.T) (names []string) {
	t.Helper()
	entries, err := os.ReadDir("deploy")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if entry.Type().IsRegular() && entry.Name() != ".env" { // what somebody tries them with is not ours
			names = append(names, entry.Name())
		}
	}
	return names
}

// sourceLiterals are the words in capitals that the sources quote, tests apart.
func sourceLiterals(t *testing.T) map[string]bool {
	t.Helper()
	literal := regexp.MustCompile(`"([A-Z_]+)"`)
	known := map[string]bool{}
	for _, dir := range []string{".", "../../crisp", "../../scripts"} {
		err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			text, err := os.ReadFile(path)
			for _, match := range literal.FindAllSubmatch(text, -1) {
				known[string(match[1])] = true
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return known
}

// The flags that the texts name belong to some command.
func TestDeployFlags(t *testing.T) {
	flags := map[string]bool{}
	var add func(*cobra.Command)
	add = func(cmd *cobra.Command) {
		cmd.InitDefaultHelpFlag()
		cmd.Flags().VisitAll(func(f *pflag.Flag) { flags["--"+f.Name] = true })
		for _, sub := range cmd.Commands() {
			add(sub)
		}
	}
	add(newRoot(newFactory()).command)
	// Those of other programs stand in lines that name these.
	others := regexp.MustCompile(`docker|systemctl|install |openssl|HEALTHCHECK|RUN|COPY|pg_isready`)
	flag := regexp.MustCompile(`--[a-z][a-z-]+`)
	found := 0
	for _, file := range deployFiles(t) {
		for line := range strings.Lines(readDeploy(t, file)) {
			if others.MatchString(line) {
				continue
			}
			for _, word := range flag.FindAllString(line, -1) {
				found++
				if !flags[word] {
					t.Errorf("%s names %s: %s", file, word, line)
				}
			}
		}
	}
	if found < 10 || flags["--no-such-flag"] {
		t.Errorf("%d flags", found)
	}
}

// Secrets that command lines and variables name are there, and the page's port is the one that is open.
func TestDeployComposition(t *testing.T) {
	c := readCompose(t)
	path := regexp.MustCompile(`/run/secrets/([a-z-]+)`)
	for name, service := range c.Services {
		words := slices.Clone(service.Command)
		for _, value := range service.Environment {
			words = append(words, value)
		}
		for _, word := range words {
			if match := path.FindStringSubmatch(word); len(match) > 1 && !slices.Contains(service.Secrets, match[1]) {
				t.Errorf("%s reads %s, which it does not get", name, word)
			}
		}
		for _, secret := range service.Secrets {
			if c.Secrets[secret].File == "" {
				t.Errorf("%s gets %s, which there is not", name, secret)
			}
		}
		if service.Image == "crisphost" && !strings.HasSuffix(service.Ports[0], ":8686") {
			t.Errorf("%s opens %q", name, service.Ports)
		}
	}
	if !strings.Contains(readDeploy(t, "Dockerfile"), "\nEXPOSE 8686\n") || !strings.HasSuffix(manage.DefaultAddr, ":8686") {
		t.Error("the image opens another port")
	}
	if secret := path.FindString(readDeploy(t, "prometheus.yml")); !slices.Contains(c.Services["prometheus"].Secrets, filepath.Base(secret)) {
		t.Errorf("prometheus reads %q", secret)
	}
}

// Alerts and texts name metrics that a host has.
func TestDeployMetrics(t *testing.T) {
	m := telemetry.NewMetrics(telemetry.Sources{
		Scripts:  func(context.Context) ([]state.Script, error) { return nil, nil },
		Polling:  func() bool { return false },
		Database: func() (int64, int64) { return 1, 2 },
		Pool:     func() worker.Stats { return worker.Stats{} },
		Budget:   func() crisp.BudgetStats { return crisp.BudgetStats{Limited: true} },
	})
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	name := regexp.MustCompile(`\bcrisphost_[a-z_]+\b`)
	found := 0
	for _, file := range []string{"alerts.yml", "README.md"} {
		for _, metric := range name.FindAllString(readDeploy(t, file), -1) {
			found++
			if !strings.Contains(w.Body.String(), "# TYPE "+strings.TrimSuffix(metric, "_bucket")+" ") {
				t.Errorf("%s names %s", file, metric)
			}
		}
	}
	if found < 20 {
		t.Errorf("%d metrics", found)
	}
	var rules struct {
		Groups []struct {
			Rules []struct {
				Alert, Expr string
				Annotations map[string]string
			}
		}
	}
	if err := yaml.Unmarshal([]byte(readDeploy(t, "alerts.yml")), &rules); err != nil {
		t.Fatal(err)
	}
	for _, rule := range rules.Groups[0].Rules {
		if rule.Alert == "" || rule.Expr == "" || rule.Annotations["summary"] == "" {
			t.Errorf("%+v", rule)
		}
	}
}

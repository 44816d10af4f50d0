// Package limits has the flags and settings by which an operator bounds what scripts' headers may ask for.
package limits

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/crisphost/crisphost/bindings"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/connect"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/hostdb"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/permissions"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/settings"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/usage"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/sizetext"
	"github.com/crisphost/crisphost/internal/timetext"
	"github.com/crisphost/crisphost/scripts"
)

// Options are what an operator lets headers ask for: flags of serve and check, and settings of the configuration.
type Options struct {
	maxMemory   memorySize
	MaxTimeout  Age
	env         envNames
	permissions permissionWords
}

// Register adds the flags.
func (o *Options) Register(flags *pflag.FlagSet) {
	flags.Var(&o.maxMemory, "max-memory", "most `memory` that @memory may ask for, such as 512MiB; 0 for no limit")
	flags.Var(&o.MaxTimeout, "max-timeout", "longest `duration` that @timeout may ask for, such as 30m; 0 for no limit")
	flags.Var(&o.env, "env", "environment variables that @env may `name`, such as SLACK_URL or CRM_*; repeatable, default none (setting allow_env)")
	flags.Var(&o.permissions, "permissions", "`words` that @permissions may list, such as \"conversations:read store\"; repeatable, default all")
}

// Limits returns the limits for a host or for check, which are always some: @env needs the operator's leave.
func (o *Options) Limits() *scripts.Limits {
	return &scripts.Limits{
		MaxMemory: int64(o.maxMemory.Size), MaxTimeout: time.Duration(o.MaxTimeout),
		AllowEnv: o.env.words, DenyEnv: hostSecrets, Permissions: o.permissions.words,
	}
}

// Same reports whether other has the same limits.
func (o *Options) Same(other *Options) bool {
	return o.maxMemory == other.maxMemory && o.MaxTimeout == other.MaxTimeout && slices.Equal(o.env.words, other.env.words) &&
		(o.permissions.words == nil) == (other.permissions.words == nil) && slices.Equal(o.permissions.words, other.permissions.words)
}

// EnvToken is the variable of the token that people log in to the console with.
const EnvToken = "CRISPHOST_TOKEN"

// hostSecrets are variables that scripts cannot read.
var hostSecrets = []string{connect.EnvKey, EnvToken, hostdb.EnvDatabase}

// FlagOf returns the flag that a setting of [serve] sets.
func FlagOf(field string) string {
	if field == "allow_env" {
		return "env" // as in run
	}
	return strings.ReplaceAll(field, "_", "-")
}

// Apply sets flags that were not given from the configuration file. Settings that flags does not have are passed over.
// Environment variables take precedence over the file.
func Apply(env settings.Env, flags *pflag.FlagSet) error {
	config, err := settings.Load(env)
	if err != nil {
		return err
	}
	for _, field := range settings.ServeFields {
		name := FlagOf(field)
		value, ok := config.Serve(field)
		if !ok || flags.Lookup(name) == nil || flags.Changed(name) || field == "db" || field == "token_file" && env.Get(EnvToken) != "" {
			continue // databaseAddress knows the order for db
		}
		// A setting is no flag that was given, so that reading the file again can change it.
		if err := flags.Lookup(name).Value.Set(value); err != nil {
			return &usage.Error{Problem: fmt.Sprintf("%s: serve.%s: %v", config.Path(), field, err), Hint: "see --" + name + " in crisphost serve --help", Err: err}
		}
	}
	return nil
}

// Age is a duration that may be written in days.
type Age time.Duration

func (d *Age) String() string { return timetext.FormatDuration(time.Duration(*d)) }

// Type returns the word for a flag's value.
func (d *Age) Type() string { return "age" }

// Set reads a duration such as 30d or 12h.
func (d *Age) Set(text string) error {
	value, ok := timetext.ParseDuration(text)
	if !ok {
		return errors.New("write it like 30d or 12h")
	}
	*d = Age(value)
	return nil
}

// Size is a flag's number of bytes.
type Size int64

// Type returns the word for a flag's value.
func (n *Size) Type() string { return "size" }

// String returns the size as Set reads it.
func (n *Size) String() string {
	if *n == 0 {
		return "0"
	}
	return sizetext.Format(int64(*n))
}

// Set reads a size such as 256MiB.
func (n *Size) Set(text string) error {
	value, ok := sizetext.Parse(text)
	switch {
	case text == "0":
	case !ok:
		return fmt.Errorf("%q is not a size: write it like 256MiB or 1GiB, or 0 for no limit", text)
	}
	*n = Size(value)
	return nil
}

// memorySize is a Size that is enough for a script.
type memorySize struct{ Size }

func (n *memorySize) Set(text string) error {
	const least = 1 << 20 // as for @memory
	size := n.Size
	if err := size.Set(text); err != nil {
		return err
	}
	if size > 0 && size < least {
		return fmt.Errorf("%s is too little for any script", text)
	}
	n.Size = size
	return nil
}

// envNames is a flag's list of environment variables.
type envNames struct{ words []string }

func (l *envNames) Type() string   { return "names" }
func (l *envNames) String() string { return strings.Join(l.words, " ") }

func (l *envNames) Set(text string) error {
	words := usage.SplitWords(text)
	for _, name := range words {
		if slices.Contains(hostSecrets, name) {
			return fmt.Errorf("%s is a secret of the host: scripts cannot read it", name)
		}
		if prefix, isPattern := strings.CutSuffix(name, "*"); !scripts.IsEnvName(prefix) && !(isPattern && prefix == "") {
			return fmt.Errorf("%q is not the name of an environment variable; write names such as SLACK_URL, or their beginning and *, such as CRM_*", name)
		}
	}
	l.words = append(l.words, words...)
	return nil
}

// permissionWords is a flag's list of permissions. It is nil until the flag is set; no words allow nothing.
type permissionWords struct{ words []string }

func (p *permissionWords) Type() string   { return "words" }
func (p *permissionWords) String() string { return strings.Join(p.words, " ") }

func (p *permissionWords) Set(text string) error {
	vocabulary, err := engine.NewVocabulary(bindings.List()...)
	if err != nil {
		return err
	}
	words := usage.SplitWords(text)
	if _, err := vocabulary.Parse(words); err != nil {
		if wrong := (*engine.WordError)(nil); errors.As(err, &wrong) {
			return fmt.Errorf("%s; %s", wrong.Problem, permissions.Hint(wrong.Hint))
		}
		return err
	}
	p.words = append(slices.Clip(p.words), words...)
	if p.words == nil {
		p.words = []string{}
	}
	return nil
}

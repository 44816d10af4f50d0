package repl

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/crisphost/crisphost/bindings"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/editor"
	"github.com/crisphost/crisphost/internal/paint"
	"github.com/crisphost/crisphost/internal/plain"
	"github.com/crisphost/crisphost/internal/scriptfile"
	"github.com/crisphost/crisphost/repl/internal/term"
)

// readScript reads a script and tells its language by its name.
func readScript(name string) (code string, language engine.Language, err error) {
	file, err := os.Open(name)
	if err != nil {
		return "", "", fileError("read", name, err)
	}
	defer file.Close()
	if info, err := file.Stat(); err == nil && info.IsDir() {
		return "", "", fmt.Errorf("%s is a directory", plain.Line(name))
	}
	if language, err = engine.LanguageOf(name); err != nil {
		return "", "", err
	}
	data, err := scriptfile.Read(file, plain.Line(name))
	if err == nil {
		err = scriptfile.Check(plain.Line(name), data, language)
	}
	var reason *scriptfile.Error
	switch {
	case errors.As(err, &reason):
		return "", "", &hintError{reason.Error(), reason.Hint}
	case err != nil:
		return "", "", fileError("read", name, err)
	}
	return strings.TrimPrefix(string(data), "\ufeff"), language, nil
}

// load evaluates a file in the session of its language.
func (s *shell) load(name string) error {
	code, language, err := readScript(name)
	if err != nil {
		return err
	}
	if rest, ok := strings.CutPrefix(code, "#!"); ok {
		_, after, _ := strings.Cut(rest, "\n")
		code = "\n" + after
	}
	t := s.session(language)
	if from := s.current(); t != from {
		t.start(s)
		if err := s.switchTo(language); err != nil {
			return err
		}
		s.note("%s is %s, so the shell switches to it; .%s switches back", name, languageName(language), from.language)
	}
	back, err := t.takes(language)
	if err != nil {
		return err
	}
	leave, err := s.lookFrom(t, name)
	if err != nil {
		return errors.Join(err, back())
	}
	out, cancel, err := s.eval(t, name, code)
	leave()
	if err = errors.Join(err, back()); err != nil {
		return err
	}
	cancel(nil)
	if out.Sequence == nil && out.Next == nil {
		t.entries = append(t.entries, code)
		t.typed = t.typed || language == engine.TypeScript
	}
	return nil
}

// lookFrom lets what a file requires be found beside it, until back is called. A file outside of the shell's root has a root of its
// own, as one that is run.
func (s *shell) lookFrom(t *session, name string) (back func(), err error) {
	session, err := t.wait()
	if err != nil {
		return nil, err
	}
	looker, ok := session.(interface {
		LookFrom(name, root, dir string) (back func())
	})
	if !ok {
		return func() {}, nil
	}
	path, err := filepath.Abs(name)
	if err != nil {
		return nil, fileError("read", name, err)
	}
	dir := filepath.Dir(path)
	root, err := filepath.Abs(s.cfg.Root)
	if err != nil {
		return nil, fileError("read", s.cfg.Root, err)
	}
	if rel, err := filepath.Rel(root, dir); err != nil || s.cfg.Root == "" || !filepath.IsLocal(rel) {
		root = dir
	}
	return looker.LookFrom(name, root, dir), nil
}

func (s *shell) commandLoad(argument string) error { return s.load(s.fileName(argument)) }

// commandRun runs a script in a VM of its own.
func (s *shell) commandRun(argument string) error {
	words, err := editor.Words(argument)
	if err != nil {
		return err
	}
	name := s.fromHome(words[0])
	code, language, err := readScript(name)
	if err != nil {
		return err
	}
	path, err := filepath.Abs(name)
	if err != nil {
		return err
	}
	s.begin()
	ctx, cancel := context.WithCancelCause(s.progress.Watch(s.ctx))
	defer cancel(nil)
	s.attend(cancel, func() {
		err = s.runScript(ctx, words[1:], engine.Source{
			Name: name, Code: []byte(code), Language: language, Root: filepath.Dir(path), Dir: filepath.Dir(path),
		})
	})
	return err
}

func (s *shell) runScript(ctx context.Context, args []string, src engine.Source) error {
	options := append(s.options(), bindings.WithArgs(args))
	if s.cfg.Script != nil {
		further, limit, err := s.cfg.Script(src)
		if err != nil {
			return err
		}
		options = append(options, further...)
		if limit > 0 {
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeoutCause(ctx, limit, fmt.Errorf("timed out after %s", limit))
			defer cancel()
		}
	}
	program, err := s.cfg.Engine.Compile(ctx, src)
	if err != nil {
		return err
	}
	return s.cfg.Engine.Exec(ctx, program, options...)
}

// commandSave writes what was entered in the current language, made to run as a script.
func (s *shell) commandSave(argument string) error {
	name := s.fileName(argument)
	t := s.current()
	if filepath.Ext(name) == "" {
		name += "." + string(t.saves())
	}
	language, err := engine.LanguageOf(name)
	if err != nil {
		return err
	}
	if (language == engine.Lua) != (t.language == engine.Lua) {
		return &hintError{fmt.Sprintf("%s would not hold %s", plain.Line(name), languageName(t.language)), fmt.Sprintf("name it .%s, or switch with .%s first", t.language, other(t.language))}
	}
	if len(t.entries) == 0 {
		return &hintError{"nothing was entered yet in " + languageName(t.language), ""}
	}
	session, err := t.wait()
	if err != nil {
		return err
	}
	if _, err := os.Lstat(name); err == nil {
		return existsAlready(name)
	}
	if _, err := os.Stat(filepath.Dir(name)); err != nil {
		return fileError("written", name, err)
	}
	back, err := t.takes(language) // entries of a .ts file are understood as such
	if err != nil {
		return err
	}
	made, err := s.script(session, t, language)
	if err := errors.Join(err, back()); err != nil {
		return err
	}
	path, err := filepath.Abs(name)
	if err != nil {
		return fileError("written", name, err)
	}
	src := engine.Source{Name: name, Code: []byte(made.text), Language: language, Root: filepath.Dir(path), Dir: filepath.Dir(path)}
	if _, err := s.cfg.Engine.Compile(s.ctx, src); err != nil {
		return unsavable(err, made, t)
	}
	if err := writeNew(name, made.text); err != nil {
		return err
	}
	s.note("%s written to %s; run it with crisphost run %s", paint.Plural(len(t.entries), "entry"), name, name)
	for _, remark := range made.remarks {
		s.note("%s", remark)
	}
	return nil
}

func other(l engine.Language) engine.Language {
	if l == engine.Lua {
		return engine.JavaScript
	}
	return engine.Lua
}

func existsAlready(name string) error {
	return &hintError{plain.Line(name) + " exists already", "choose another name, or remove the file first"}
}

// writeNew writes a file whole or not at all, and no file that is there already.
func writeNew(name, text string) error {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return existsAlready(name)
	}
	if err != nil {
		return fileError("written", name, err)
	}
	_, err = f.WriteString(text)
	if err = errors.Join(err, f.Close()); err != nil {
		_ = os.Remove(name)
		return fileError("written", name, err)
	}
	return nil
}

func (s *shell) commandPaste(string) error {
	block, err := s.readBlock()
	if errors.Is(err, term.ErrAborted) {
		return nil
	}
	if err != nil {
		return err
	}
	if strings.TrimSpace(block) == "" {
		return nil
	}
	s.remember(block)
	return s.evaluate(block, true)
}

// commandEdit hands the last entry, or the one that made a name, to the editor and enters what comes back.
func (s *shell) commandEdit(argument string) error {
	t := s.current()
	text := ""
	for i := len(t.entries) - 1; i >= 0 && text == ""; i-- {
		if argument == "" || declares(t.entries[i], argument) {
			text = t.entries[i]
		}
	}
	if text == "" && argument != "" {
		return &hintError{fmt.Sprintf("no entry made %q", plain.Line(argument)), "only what was entered in this session can be edited"}
	}
	edited, err := s.editText(text, "entry."+string(t.language))
	if err != nil || strings.TrimSpace(edited) == "" || edited == text && text != "" {
		if err == nil {
			s.note("nothing was changed")
		}
		return err
	}
	edited = strings.TrimRight(edited, "\n")
	s.screen.Print(plain.Lines(edited) + "\n")
	s.remember(edited)
	return s.evaluate(edited, true)
}

// editText runs the editor on a file of its own.
func (s *shell) editText(text, name string) (string, error) {
	defer s.hold()()
	restore, err := s.reader.Lend()
	if err != nil {
		return "", err
	}
	defer restore()
	edited, err := editor.Edit(s.ctx, s.cfg.Getenv, editor.Streams{In: s.cfg.In, Out: s.cfg.Out, Err: s.cfg.Err}, text, name)
	if failed := (*editor.Error)(nil); errors.As(err, &failed) {
		return "", &hintError{failed.Problem, failed.Hint}
	}
	return edited, err
}

// fileName is a file's name without the quotes around it, and with the home directory for a tilde at its beginning.
func (s *shell) fileName(argument string) string {
	words, err := editor.Words(argument)
	if err != nil || len(words) != 1 {
		return argument
	}
	if strings.HasPrefix(argument, "~") {
		return s.fromHome(words[0])
	}
	return words[0]
}

// fromHome puts the home directory in the place of a tilde.
func (s *shell) fromHome(name string) string {
	rest, ok := strings.CutPrefix(name, "~")
	if home := s.cfg.Getenv("HOME"); ok && home != "" && (rest == "" || os.IsPathSeparator(rest[0])) {
		return filepath.Join(home, rest)
	}
	return name
}

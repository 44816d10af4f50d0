package source

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/usage"
	"github.com/crisphost/crisphost/engine"
)

// RegisterLanguage adds the flag that names the language of code.
func RegisterLanguage(cmd *cobra.Command, language *string, usage string) {
	cmd.Flags().StringVarP(language, "language", "l", "", usage)
	_ = cmd.RegisterFlagCompletionFunc("language", cobra.FixedCompletions([]string{"lua", "js", "ts"}, cobra.ShellCompDirectiveNoFileComp))
}

// ParseLanguage reads -l. Empty is "".
func ParseLanguage(name string) (engine.Language, error) {
	switch name {
	case "":
		return "", nil
	case "lua":
		return engine.Lua, nil
	case "js", "javascript":
		return engine.JavaScript, nil
	case "ts", "typescript":
		return engine.TypeScript, nil
	}
	return "", &usage.Error{Problem: fmt.Sprintf("unknown language %q", name), Hint: "it is lua, js or ts"}
}

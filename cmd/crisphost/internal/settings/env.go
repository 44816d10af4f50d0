package settings

// Env reads an environment variable, as os.LookupEnv does.
type Env func(name string) (value string, ok bool)

// Get returns the value of a variable. It is empty for one that is not set.
func (e Env) Get(name string) string {
	value, _ := e(name)
	return value
}

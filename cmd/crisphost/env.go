package main

// env reads an environment variable, as os.LookupEnv does.
type env func(name string) (value string, ok bool)

// get returns the value of a variable. It is empty for one that is not set.
func (e env) get(name string) string {
	value, _ := e(name)
	return value
}

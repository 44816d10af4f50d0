package js

// The names that a bundle knows besides the globals: parameters of the function around it.
const (
	paramHost   = "__crisphost_module" // loads a host module
	paramResult = "__crisphost_result" // takes the exports and the default export
	paramMeta   = "__crisphost_meta"   // import.meta
)

// mainFunction names the function around a bundle. Traces show it as the top level.
const mainFunction = "__crisphost_main"

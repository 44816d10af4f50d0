package syntax

// The names that a bundle knows besides the globals: parameters of the function around it.
const (
	ParamHost   = "__crisphost_module" // loads a host module
	ParamResult = "__crisphost_result" // takes the exports and the default export
	ParamMeta   = "__crisphost_meta"   // import.meta
)

// MainFunction names the function around a bundle. Traces show it as the top level.
const MainFunction = "__crisphost_main"

// BundleFile is the file name of code that is nobody's: esbuild's own functions and the engine's.
const BundleFile = "<bundle>"

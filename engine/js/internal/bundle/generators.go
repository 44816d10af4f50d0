package bundle

import "bytes"

// esbuild's function for async generators resumes one that was left early with another return after each await, so that a finally block
// ends at its first await, and does not await the value of return before. Its text is corrected in what esbuild writes. The lines stay,
// and with them the source map.

var (
	generatorStart = []byte("__asyncGenerator = (")
	generatorEnd   = []byte("\n};")
	// generatorFaults are pairs of what is wrong and right.
	generatorFaults = [][2][]byte{
		{[]byte(`resume(k === "return" ? k : "next",`), []byte(`resume(k === "return" && v[1] ? k : "next",`)},
		{
			[]byte(`run = () => resume(k, x, yes, no)`),
			[]byte(`run = () => k === "return" ? Promise.resolve(x).then((y) => resume(k, y, yes, no), (e) => resume("throw", e, yes, no)) : resume(k, x, yes, no)`),
		},
	}
)

// mendGenerators corrects the function for async generators in code that esbuild has written. It reports whether all of it was found; code
// without that function is as it should be.
func mendGenerators(code []byte) (mended []byte, ok bool) {
	start := bytes.Index(code, generatorStart)
	if start < 0 {
		return code, true
	}
	size := bytes.Index(code[start:], generatorEnd)
	if size < 0 {
		return code, false
	}
	function := code[start : start+size]
	for _, fault := range generatorFaults {
		if bytes.Count(function, fault[0]) != 1 {
			return code, false
		}
		function = bytes.Replace(function, fault[0], fault[1], 1)
	}
	return bytes.Join([][]byte{code[:start], function, code[start+size:]}, nil), true
}

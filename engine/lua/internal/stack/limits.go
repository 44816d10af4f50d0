package stack

// How many values and how many calls a thread may have. The limits turn endless recursion into an error of the script.
const (
	MaxValues = 1 << 18
	MaxDepth  = 6400
)

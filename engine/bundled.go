package engine

// Bundled is what programs implement that know the files they are made of. The programs of both runtimes do. A host that
// keeps these files can compile the same program again later, or on another machine: it writes them below a directory,
// compiles the entry there with that directory as Source.Root, and nothing else is read.
type Bundled interface {
	// Files returns the contents of the script and of every file that was read to compile it, as they were read, by their paths
	// below Source.Root, with slashes. A file that was reached through a symbolic link stands under the name that the script
	// used, too. The script itself stands under the base of its name in Source.Dir. Nil means that the source had neither Root nor FS.
	// Lua files whose names are computed while the script runs are not known before. The contents must not be changed.
	Files() map[string][]byte
}

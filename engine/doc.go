// Package engine runs scripts in Lua and in JavaScript or TypeScript, and gives them functions of a Go program.
//
//	billing := engine.NewModule("billing").
//		Func("customer", func(ctx context.Context, email string) (Customer, error) { ... }).
//		Func("invoices", func(ctx context.Context, id string) iter.Seq2[Invoice, error] { ... }).
//		Func("remind", remind, engine.Sends(), engine.Doc("Reminds a customer.", "id")).
//		Const("MAX_SEATS", 10).
//		Type(&Cursor{})
//
//	eng, err := engine.New(lua.Language, js.Language, engine.WithModules(billing))
//	n, err := engine.Eval[int](ctx, eng, "seats.lua", `return billing.MAX_SEATS * 2`)
//
//	prog, err := eng.Compile(ctx, engine.FromFS(scripts, "tenant/main.ts"))
//	inst, err := eng.Instantiate(ctx, prog, engine.WithStdout(w), engine.WithPermissions(p))
//	reply, err := engine.Call[Reply](ctx, inst, "onMessage", msg)
//
// An Engine is immutable and safe for concurrent use. [New] returns one error for everything that is wrong with its
// options and modules. Errors of scripts are an [*Error], which has the place in the source.
//
// [NewModule] makes modules from Go functions; [Module] is the layer below, whose functions take and return the
// neutral forms of [Function]. Both runtimes offer a module in their own manner: JavaScript calls return promises and
// spell getMeta, Lua calls look blocking, let other tasks of the script run meanwhile, and spell get_meta. Every host
// call passes the permissions and gates of its instance before it runs. Subpackages js and lua hold the runtimes. The
// package knows nothing of Crisp.
//
// # How values travel
//
// From Go to scripts, as results of functions, constants, globals, and arguments of [Call]:
//
//	Go                                  Lua                          JavaScript
//	nil, nil pointer                    nil (json.null in lists)     null
//	bool                                boolean                      boolean
//	integers within 2^53, floats        number                       number
//	integers beyond 2^53                an error                     an error
//	  with the tag json:",string"       string                       string
//	NaN, infinities                     an error                     an error
//	string                              string                       string
//	[]byte, [N]byte                     string                       Uint8Array
//	time.Time                           number (Unix milliseconds)   Date
//	time.Duration                       number (milliseconds)        number (milliseconds)
//	struct                              table, in the fields' order  object, in the fields' order
//	map                                 table, sorted by key         object, sorted by key
//	slice, array                        list                         array
//	  nil slice, nil map                empty list, empty table      [], {}
//	MarshalJSON, json.RawMessage        what the JSON says           what the JSON says
//	MarshalText                         string                       string
//	pointer of ModuleBuilder.Type       object: c:next_page()        object: c.nextPage()
//	iter.Seq[T], iter.Seq2[T, error]    iterator: for x in f() do    async iterable: for await (const x of f())
//	several results                     several values               array
//	error                               raised                       rejects the promise
//	channel, func, complex              refused by New               refused by New
//
// From scripts to Go, as arguments of functions, and results of [Call] and [Eval]:
//
//	Go                                  Lua                          JavaScript
//	bool                                boolean                      boolean
//	integer                             whole number in its range    whole number in its range
//	float                               number                       number
//	string                              string                       string
//	[]byte, [N]byte                     string                       ArrayBuffer, typed array, string
//	time.Time                           number, ISO 8601 text        Date, number, ISO 8601 text
//	time.Duration                       milliseconds, "1m30s", "7d"  milliseconds, "1m30s", "7d"
//	struct                              table with known fields      object with known members
//	map                                 table                        object
//	slice, array                        list, empty table            array
//	pointer                             nil, or what it points to    null, undefined, or what it points to
//	UnmarshalJSON, json.RawMessage      the value as JSON            the value as JSON
//	UnmarshalText                       string                       string
//	pointer of ModuleBuilder.Type       the handle                   the handle
//	any                                 nil, bool, int64, float64, string, []byte, time.Time, []any, map[string]any, and
//	                                    in arguments of functions Handle and Opaque
//
// Fields of structs have the names, and the options omitempty, omitzero and string, that encoding/json gives them. A
// member that is null or missing leaves its field at zero. A member without a field is an error, which names the one
// that was meant.
package engine

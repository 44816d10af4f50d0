package spec

// Kind is the JSON type of a value.
type Kind uint8

// The kinds of a schema. KindAny takes every JSON value.
const (
	KindAny Kind = iota
	KindString
	KindInteger
	KindNumber
	KindBoolean
	KindArray
	KindObject
)

// Schema is the compact shape of a JSON value.
type Schema struct {
	// Name is the schema's name in the description ("Conversation"), or empty for one written in place.
	Name string
	Kind Kind
	// Format refines the kind; see the Format constants. Unknown formats do not restrict anything.
	Format string
	// Doc is one line.
	Doc string
	// Enum lists the allowed strings. An entry that ends in "*" allows every string with that prefix ("urn:*").
	Enum []string
	// Open tells that Enum lists known values and others are allowed, because the full set is not established.
	Open bool
	// Nullable allows null.
	Nullable bool
	// Min and Max bound a number, or are both zero. Max alone is zero where there is no upper bound.
	Min, Max float64
	// MinLength is the least number of characters of a string or of items of an array.
	MinLength int
	// Items is the shape of an array's items, or nil for any.
	Items *Schema
	// Fields are an object's named members in documented order.
	Fields []Field
	// Extra is the shape of an object's unnamed members, or nil when unnamed members are refused. Objects that Crisp leaves
	// open have Extra with KindAny.
	Extra *Schema
	// OneOf lists alternatives for the whole value. With Tag set, the object member of that name selects the alternative
	// whose field of that name has the matching one-word Enum.
	OneOf []*Schema
	Tag   string
}

// Field is a named member of an object.
type Field struct {
	Name     string
	Required bool
	// ReadOnly fields appear in answers and are not accepted in requests.
	ReadOnly bool
	Doc      string
	Schema   *Schema
}

// Formats that the validator and the bindings act upon.
const (
	FormatDateTime  = "date-time"    // ISO 8601 text
	FormatTimestamp = "timestamp-ms" // integer, Unix milliseconds
	FormatUUID      = "uuid"
	FormatEmail     = "email"
	FormatURI       = "uri"
	FormatSessionID = "session-id" // "session_" and a UUID
	FormatPeopleID  = "people-id"  // a UUID or an email address
	FormatFlag      = "flag"       // KindBoolean that travels as 1 or 0 in a query
	FormatPassword  = "password"   // must never be logged or kept

	FormatBrowsingID = "browsing-id" // "browsing_" and a UUID
	FormatCallID     = "call-id"     // "call_" and a UUID
)

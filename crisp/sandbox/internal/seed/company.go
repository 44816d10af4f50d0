package seed

// The company whose inbox this is: Fernleaf sells soil sensors and an app for house plants.
const (
	CompanyName   = "Fernleaf"
	CompanyDomain = "fernleaf.example"
)

var (
	plans   = [...]string{"Garden", "Greenhouse", "Pro"}
	amounts = [...]string{"9 €", "29 €", "79 €", "49 €", "119 €"}
	devices = [...]string{"Leaf One", "Leaf Mini", "Hub", "Leaf Duo"}
)

// staff are the seeded operators. The first one is the account that the credentials stand for.
var staff = [...]struct {
	first, last, role, title, availability string
}{
	{"Maya", "Lindgren", "owner", "Head of Support", "online"},
	{"Tobias", "Okafor", "member", "Support Engineer", "online"},
	{"Chloé", "Bernard", "member", "Customer Care", "away"},
	{"Kenji", "Mori", "member", "Technical Support", "offline"},
	{"Sofia", "Almeida", "member", "Billing and Orders", "online"},
}

// inboxOf is the number of the inbox that a topic is routed to. Inbox 0 is the main one, which has no id.
var inboxOf = [...]uint8{
	topicBilling: 1, topicRefund: 1, topicShipping: 1, topicCancel: 1,
	topicBug: 2, topicLogin: 2,
	topicFeature: 3, topicLead: 3,
}

// Inboxes is the number of inboxes beside the main one.
const Inboxes = 3

// SegmentNames are the segments of seeded conversations, which are kept as a set of bits: first those of the topics,
// then the customer's own.
var SegmentNames = [...]string{
	"billing", "login", "shipping", "bug", "refund", "churn-risk", "feature-request", "lead", "vip", "newsletter",
	"beta", "wholesale",
}

const (
	segmentVIP = 8 + iota
	segmentNewsletter
	segmentBeta
	segmentWholesale
)

// SegmentsOf returns the names of a set of segments.
func SegmentsOf(set uint32) []string {
	list := []string{}
	for i, name := range SegmentNames {
		if set&(1<<i) != 0 {
			list = append(list, name)
		}
	}
	return list
}

// DataKeys are the custom data of conversations and people, in the order of their bits.
var DataKeys = [...]string{
	"plan", "orders", "app_version", "beta", "lifetime_value", "sensor_count",
	"customer_since", "last_order", "last_order_status", "shop_url", "landing_page", "newsletter", "payment_method",
	"delivery",
	"account_url", "garden", "last_feedback", "delivery_note",
}

var (
	orderStates = [...]string{"paid", "packed", "shipped", "delivered", "returned"}
	payments    = [...]string{
		"Visa ending in 4242", "SEPA direct debit", "PayPal", "Mastercard ending in 4444", "Invoice, 14 days",
	}
	gardens = [...]string{
		"Balcony facing south-west, second floor, 14 plants", "Greenhouse of 40 square metres with drip irrigation",
		"Two window sills and a north-facing bathroom",
		"Roof terrace with raised beds and a lemon tree", "Office lobby, shared by three teams, 60 plants",
	}
	feedback = [...]string{
		"5 of 5: The sensor told me in time that the fern was drowning. Wonderful support, too.",
		"4 of 5: Good app and friendly answers, but the Hub loses the connection when it rains.",
		"3 of 5: Nice idea. The battery lasted only five months instead of the promised year.",
		"5 of 5: My orchids bloom for the first time in years, and the new charts are a joy.",
	}
	doorNotes = [...]string{
		"Please leave the parcel with the neighbours on the ground floor if nobody answers the bell.",
		"The entrance is in the courtyard behind the bakery, second door on the left, code on request.",
		"Deliveries on weekdays between nine and five only, the reception signs for everything.",
		"Please do not put the parcel in front of the garage, the dog eats everything that smells of earth.",
	}
	deliveries = [...]string{
		"Standard parcel, to the door", "Express, before noon", "Pick-up point", "Bulky goods, by appointment",
	}
)

// Employers are the companies that customers work for.
var Employers = [...]struct {
	Name, Domain, description string
	tags                      []string
	employees                 int
}{
	{
		"Atelier Lumen", "atelierlumen.example", "Lighting design for public buildings",
		[]string{"design", "architecture"}, 24,
	},
	{"Nordlys Kaffe", "nordlys.example", "Coffee roastery with four shops", []string{"food", "retail"}, 38},
	{"Botanica Verde", "botanicaverde.example", "Indoor plants for offices", []string{"plants", "services"}, 61},
	{"Kawaguchi Bonsai", "kawaguchi.example", "Bonsai nursery since 1954", []string{"plants", "nursery"}, 12},
	{"Havenlight Hotels", "havenlight.example", "Small hotels by the sea", []string{"hospitality"}, 410},
	{"Greenroof GmbH", "greenroof.example", "Planted roofs and facades", []string{"construction", "climate"}, 130},
	{"Papelaria Aurora", "aurora.example", "Stationery and print", []string{"retail"}, 17},
	{"Oak & Fable", "oakandfable.example", "Independent bookshops", []string{"retail", "books"}, 45},
	{"Serra Alta Vinhos", "serraalta.example", "Organic vineyard", []string{"wine", "agriculture"}, 33},
	{"Polder Tech", "poldertech.example", "Climate control for greenhouses", []string{"agriculture", "hardware"}, 220},
	{"Studio Mirabelle", "mirabelle.example", "Interior design studio", []string{"design"}, 9},
	{"Lakeshore Montessori", "lakeshore.example", "School with a garden programme", []string{"education"}, 72},
	{"Sahara Bloom", "saharabloom.example", "Drought-proof landscaping", []string{"landscaping"}, 54},
	{"Tinkerhaus", "tinkerhaus.example", "Maker space and workshops", []string{"education", "hardware"}, 15},
	{"Olive Grove Foods", "olivegrove.example", "Olive oil and preserves", []string{"food"}, 88},
	{"Cascadia Cycles", "cascadia.example", "Bicycle workshop chain", []string{"retail", "repair"}, 140},
	{"Zielony Dom", "zielonydom.example", "Garden centres", []string{"plants", "retail"}, 260},
	{"Monsoon Media", "monsoon.example", "Podcast production", []string{"media"}, 21},
	{"Harbour Clinic", "harbourclinic.example", "Family practice", []string{"health"}, 36},
	{"Fjord Analytics", "fjord.example", "Data for fisheries", []string{"software", "climate"}, 64},
}

var jobs = [...]struct{ title, role, seniority string }{
	{"Office Manager", "operations", "manager"},
	{"Head of Operations", "operations", "director"},
	{"Gardener", "operations", "entry"},
	{"Founder", "leadership", "owner"},
	{"Facility Manager", "operations", "manager"},
	{"Software Developer", "engineering", "senior"},
	{"Accountant", "finance", "senior"},
	{"Teacher", "education", "senior"},
	{"Purchasing Lead", "operations", "manager"},
}

// browsers are the visitors' devices.
var browsers = [...]struct {
	browser, version, engine, engineVersion, os, osVersion, agent string
}{
	{
		"Chrome", "142.0.7444.60", "Blink", "142.0.7444.60", "Windows", "11",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
	},
	{
		"Safari", "26.1", "WebKit", "605.1.15", "Mac OS", "15.7",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Safari/605.1.15",
	},
	{
		"Firefox", "145.0", "Gecko", "145.0", "Linux", "x86_64",
		"Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
	},
	{
		"Mobile Safari", "26.1", "WebKit", "605.1.15", "iOS", "26.1",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 26_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Mobile/15E148 Safari/604.1",
	},
	{
		"Mobile Chrome", "142.0.7444.48", "Blink", "142.0.7444.48", "Android", "16",
		"Mozilla/5.0 (Linux; Android 16; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36",
	},
	{
		"Edge", "142.0.3595.53", "Blink", "142.0.3595.53", "Windows", "11",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0",
	},
}

var networks = [...]struct{ isp, asn string }{
	{"Example Telecom", "AS64500"}, {"Documentation Broadband", "AS64501"}, {"Sample Fibre", "AS64502"},
	{"Harbour Mobile", "AS64503"},
}

// SitePages are the pages of the company's website that visitors read.
var SitePages = [...]struct{ Path, Title string }{
	{"/", "Fernleaf: happy plants, measured"},
	{"/sensors", "Soil sensors"},
	{"/sensors/leaf-one", "Leaf One"},
	{"/sensors/leaf-mini", "Leaf Mini"},
	{"/pricing", "Plans and prices"},
	{"/checkout", "Checkout"},
	{"/account/orders", "Your orders"},
	{"/account/billing", "Billing"},
	{"/help/returns", "Returns and refunds"},
	{"/help/offline-sensor", "My sensor is offline"},
	{"/blog/repotting-ferns", "When to repot a fern"},
	{"/greenhouses", "For greenhouses and nurseries"},
}

// notes are what operators tell one another, by topic.
var notes = [...][]string{
	topicBilling:  {"Second charge refunded in the payment dashboard.", "VAT id checked, it is valid."},
	topicLogin:    {"Clock drift again, we should show a hint on that screen.", "Identity checked by order number."},
	topicShipping: {"Carrier ticket is open, they answer within a day.", "Third late parcel for this depot this week."},
	topicBug: {
		"Reproduced on Android with an emoji in the name.",
		"Same as the firmware issue from Monday, please keep them posted.",
	},
	topicRefund:  {"Refund is approved, waiting for the scan.", "Batch 0925 again, the shell is too thin."},
	topicCancel:  {"Long-time customer, let us offer the pause first.", "Asked sales for a yearly offer."},
	topicFeature: {"Vote added to the board.", "Asked for beta access as well."},
	topicLead:    {"Sounds like a real one, offer goes out today.", "Trial kit reserved."},
}

// mentionNotes call in a colleague. The name in front is the mentioned operator's.
var mentionNotes = [...]string{
	"could you have a look at this one?",
	"you know this customer, do you want to take over?",
	"is there a fix planned for this?",
	"may I offer a discount here?",
}

package naming

// EventHint is the hint for the global event or events where it is null or missing, and "" for another name.
func EventHint(name string) string {
	switch name {
	case "event":
		return "no event started this run: @on in the header names what does, and crisphost run --event gives one; with @batch, events is the list"
	case "events":
		return "events is the list that @batch in the script's header gathers; without it, event is what started the run"
	}
	return ""
}

// Package filter reads the conditions of events, such as that of "@on message:send where from == 'user'".
//
//	condition, err := filter.Compile(`from == "user" and content contains "refund"`, spec.FindEvent("message:send"))
//	if err != nil {
//		return err
//	}
//	matches, err := condition.Match(event.Data)
//
// The language is the same whatever language a script is in:
//
//	from == "user" and not (content matches "(?i)invoice")
//	type in ["text", "file"] and user.nickname != null
//	segments contains "vip" or pages[0].page_title contains "Pricing"
//
// A path names a field of the event's payload: user.nickname, pages[0].page_url, data["first name"]. Literals are texts in either
// quotes or in backquotes, which take no escapes; numbers; true, false and null; and lists of them behind "in".
//
//	==  !=               the same value, and of the same type
//	<  <=  >  >=         two numbers, or two texts by their bytes
//	in                   the value is in the list, or in a field that is a list
//	contains             the text has the other text in it, or the list the value
//	matches              the text has a match of the regular expression (RE2), which is a literal
//	and  or  not         also written &&, || and !
//
// A field that is missing is null. Null equals null only, and no other comparison with it is true: from != "user" is true of an
// event without that field. A field of true or false is a condition by itself.
//
// There is nothing else: no functions, no arithmetic, no names besides those of fields. A condition is at most 4 KiB long, has at
// most 200 parts, and its regular expressions and the texts that they read are bounded.
package filter

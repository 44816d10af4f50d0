package nearest_test

import (
	"testing"

	"github.com/crisphost/crisphost/internal/nearest"
)

func TestTo(t *testing.T) {
	names := []string{"filter_unread", "filter_resolved", "filter_not_resolved", "notepad", "search_query", "session_id", "website_id", "per_page", "page_number", "to", "_", "_G"}
	tests := []struct{ name, want string }{
		{"filterUnread", "filter_unread"},
		{"filter-unread", "filter_unread"},
		{"FILTER_UNREAD", "filter_unread"},
		{"unread", "filter_unread"},
		{"resolved", "filter_resolved"},
		{"fitler_unread", "filter_unread"},
		{"filter_uread", "filter_unread"},
		{"filter_unresolved", "filter_not_resolved"},
		{"filterUnresolved", "filter_not_resolved"},
		{"filter_unresolvd", "filter_not_resolved"},
		{"unresolved", "filter_not_resolved"},
		{"not_resolved", "filter_not_resolved"},
		{"filter_read", ""},
		{"read", ""},
		{"note", "notepad"},
		{"pad", "notepad"},
		{"sesion_id", "session_id"},
		{"search", "search_query"},
		{"page", "page_number"},
		{"ot", "to"},
		{"me", ""},
		{"banana", ""},
		{"", ""},
		{"_", ""},
		{"p", ""},
		{"x", ""},
	}
	for _, test := range tests {
		if got := nearest.To(test.name, names); got != test.want {
			t.Errorf("To(%q) = %q, want %q", test.name, got, test.want)
		}
	}
}

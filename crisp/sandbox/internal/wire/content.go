package wire

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// FileContent is the content of a file or an animation.
type FileContent struct {
	Name string `json:"name"`
	URL  string `json:"url"`
	Type string `json:"type"`
}

// MediaContent is the content of a recording.
type MediaContent struct {
	URL      string `json:"url"`
	Type     string `json:"type"`
	Duration int    `json:"duration,omitzero"`
}

// PickerContent is the content of a question with choices.
type PickerContent struct {
	ID       string   `json:"id"`
	Text     string   `json:"text"`
	Choices  []Choice `json:"choices"`
	Required bool     `json:"required"`
}

// Choice is one answer of a picker.
type Choice struct {
	Value    string `json:"value"`
	Icon     string `json:"icon,omitempty"`
	Label    string `json:"label"`
	Selected bool   `json:"selected"`
}

// FieldContent is the content of a question with a text field.
type FieldContent struct {
	ID      string `json:"id"`
	Text    string `json:"text"`
	Explain string `json:"explain"`
	Value   string `json:"value,omitempty"`
}

// CarouselContent is the content of a row of cards.
type CarouselContent struct {
	Text    string   `json:"text"`
	Targets []Target `json:"targets"`
}

// Target is a card of a carousel.
type Target struct {
	Title       string `json:"title"`
	Description string `json:"description"`
	Image       string `json:"image,omitempty"`
	Actions     []Link `json:"actions"`
}

// Link is an action of a card.
type Link struct {
	Label string `json:"label"`
	URL   string `json:"url"`
}

// EventContent is the content of an event.
type EventContent struct {
	Namespace string `json:"namespace"`
	Text      string `json:"text,omitempty"`
}

// ContentText is what a message says in words.
func ContentText(kind string, content jsontext.Value) string {
	var text string
	if kind == "text" || kind == "note" {
		_ = json.Unmarshal(content, &text) // checked by the schema
		return text
	}
	var parts struct {
		Text string `json:"text"`
		Name string `json:"name"`
	}
	_ = json.Unmarshal(content, &parts)
	return parts.Text + parts.Name
}

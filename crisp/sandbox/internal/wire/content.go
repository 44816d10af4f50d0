package wire

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

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

type FileContent struct {
	Name string `json:"name"`
	URL  string `json:"url"`
	Type string `json:"type"`
}

type MediaContent struct {
	URL      string `json:"url"`
	Type     string `json:"type"`
	Duration int    `json:"duration,omitzero"`
}

type PickerContent struct {
	ID       string   `json:"id"`
	Text     string   `json:"text"`
	Choices  []Choice `json:"choices"`
	Required bool     `json:"required"`
}

type Choice struct {
	Value    string `json:"value"`
	Icon     string `json:"icon,omitempty"`
	Label    string `json:"label"`
	Selected bool   `json:"selected"`
}

type FieldContent struct {
	ID      string `json:"id"`
	Text    string `json:"text"`
	Explain string `json:"explain"`
	Value   string `json:"value,omitempty"`
}

type CarouselContent struct {
	Text    string   `json:"text"`
	Targets []Target `json:"targets"`
}

type Target struct {
	Title       string `json:"title"`
	Description string `json:"description"`
	Image       string `json:"image,omitempty"`
	Actions     []Link `json:"actions"`
}

type Link struct {
	Label string `json:"label"`
	URL   string `json:"url"`
}

type EventContent struct {
	Namespace string `json:"namespace"`
	Text      string `json:"text,omitempty"`
}

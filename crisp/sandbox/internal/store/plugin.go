package store

import (
	"github.com/crisphost/crisphost/crisp/sandbox/internal/wire"
	"github.com/go-json-experiment/json/jsontext"
)

// Plugin is the plugin on a website that installed it.
type Plugin struct {
	// Token is the secret that the website and the plugin share.
	Token    string
	Settings map[string]jsontext.Value
	// Since is when it was installed, and Saved when its settings were last written or 0, in Unix milliseconds.
	Since, Saved int64
}

// SettingsJSON are the settings as an object, empty where none were written.
func (p *Plugin) SettingsJSON() jsontext.Value {
	if p.Settings == nil {
		return jsontext.Value("{}")
	}
	return wire.Encode(p.Settings)
}

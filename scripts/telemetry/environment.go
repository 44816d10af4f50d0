//go:build unix

package telemetry

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
)

// environment reads variables, https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/ and
// https://opentelemetry.io/docs/specs/otel/protocol/exporter/. One that is empty is as if it was not set.
type environment func(name string) (string, bool)

func (env environment) get(name string) string {
	value, _ := env(name)
	return strings.TrimSpace(value)
}

// exporting is a variable of the exporter with its name: that for traces, or that for everything.
func (env environment) exporting(part string) (name, value string) {
	name = "OTEL_EXPORTER_OTLP_TRACES_" + part
	if value = env.get(name); value == "" {
		name = "OTEL_EXPORTER_OTLP_" + part
		value = env.get(name)
	}
	return name, value
}

// exporters are otlp and console, as far as they are asked for.
func (env environment) exporters() ([]string, error) {
	if strings.EqualFold(env.get("OTEL_SDK_DISABLED"), "true") {
		return nil, nil
	}
	const variable = "OTEL_TRACES_EXPORTER"
	chosen := env.get(variable)
	if chosen == "" {
		if _, endpoint := env.exporting("ENDPOINT"); endpoint != "" {
			return []string{"otlp"}, nil
		}
		return nil, nil
	}
	var names []string
	for name := range strings.SplitSeq(chosen, ",") {
		switch name = strings.TrimSpace(name); name {
		case "none", "":
		case "otlp", "console":
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		default:
			return nil, fmt.Errorf("%s: there is no exporter %q: it is otlp, console or none", variable, name)
		}
	}
	return names, nil
}

// otlpConfig is where spans are sent, and how.
type otlpConfig struct {
	url     string
	headers http.Header
	// timeout bounds the sending of a batch with all its repeats.
	timeout time.Duration
	gzip    bool
	tls     *tls.Config
}

const defaultTimeout = 10 * time.Second

func (env environment) otlp() (c otlpConfig, err error) {
	if name, value := env.exporting("PROTOCOL"); value != "" && value != "http/protobuf" {
		return c, fmt.Errorf("%s: %q is not supported: leave it out or write http/protobuf, and name the collector's port for HTTP, which is usually 4318", name, value)
	}
	if c.url, err = env.endpoint(); err != nil {
		return c, err
	}
	name, value := env.exporting("HEADERS")
	if c.headers, err = parseHeaders(name, value); err != nil {
		return c, err
	}
	c.timeout = defaultTimeout
	if name, value := env.exporting("TIMEOUT"); value != "" {
		ms, err := strconv.ParseUint(value, 10, 31)
		if err != nil || ms == 0 {
			return c, fmt.Errorf("%s: %q is not a number of milliseconds above zero", name, value)
		}
		c.timeout = time.Duration(ms) * time.Millisecond
	}
	switch name, value := env.exporting("COMPRESSION"); value {
	case "", "none":
	case "gzip":
		c.gzip = true
	default:
		return c, fmt.Errorf("%s: %q is not supported: it is gzip or none", name, value)
	}
	c.tls, err = env.tls()
	return c, err
}

// endpoint is the address for traces. That for all signals is a base; that for traces is used as it stands.
func (env environment) endpoint() (string, error) {
	name, value := env.exporting("ENDPOINT")
	if value == "" {
		value = "http://localhost:4318"
	}
	u, err := url.Parse(value)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return "", fmt.Errorf("%s: it is an address such as http://localhost:4318", name) // not the value, which may hold a password
	}
	if !strings.Contains(name, "_TRACES_") {
		u = u.JoinPath("v1", "traces")
	} else if u.Path == "" {
		u.Path = "/"
	}
	return u.String(), nil
}

// pairs splits text like "a=1,b=2", with values encoded as in URLs. Errors leave the values out, which may be secret.
func pairs(variable, text string) ([][2]string, error) {
	var list [][2]string
	for pair := range strings.SplitSeq(text, ",") {
		if strings.TrimSpace(pair) == "" {
			continue
		}
		key, value, found := strings.Cut(pair, "=")
		key = strings.TrimSpace(key)
		value, err := url.PathUnescape(strings.TrimSpace(value))
		if !found || key == "" || err != nil {
			return nil, fmt.Errorf("%s: it is written key=value,key=value, with %%2C for a comma in a value", variable)
		}
		list = append(list, [2]string{key, value})
	}
	return list, nil
}

func parseHeaders(variable, text string) (http.Header, error) {
	list, err := pairs(variable, text)
	if err != nil {
		return nil, err
	}
	header := http.Header{}
	for _, pair := range list {
		if strings.ContainsAny(pair[0], " \t\r\n:\x00") || strings.ContainsAny(pair[1], "\r\n\x00") {
			return nil, fmt.Errorf("%s: the header %q cannot be sent", variable, pair[0])
		}
		header.Set(pair[0], pair[1])
	}
	return header, nil
}

func (env environment) resourceAttributes() ([]attribute.KeyValue, error) {
	const variable = "OTEL_RESOURCE_ATTRIBUTES"
	list, err := pairs(variable, env.get(variable))
	attributes := make([]attribute.KeyValue, len(list))
	for i, pair := range list {
		attributes[i] = attribute.String(pair[0], pair[1])
	}
	return attributes, err
}

// tls is nil for the system's own settings.
func (env environment) tls() (*tls.Config, error) {
	authorityName, authority := env.exporting("CERTIFICATE")
	certificateName, certificate := env.exporting("CLIENT_CERTIFICATE")
	keyName, key := env.exporting("CLIENT_KEY")
	if authority == "" && certificate == "" && key == "" {
		return nil, nil
	}
	c := &tls.Config{}
	if authority != "" {
		text, err := os.ReadFile(authority)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", authorityName, err)
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("%s: there is no certificate in %s", authorityName, authority)
		}
	}
	if (certificate == "") != (key == "") {
		return nil, errors.New(certificateName + " and " + keyName + " belong together")
	}
	if certificate != "" {
		pair, err := tls.LoadX509KeyPair(certificate, key)
		if err != nil {
			return nil, fmt.Errorf("%s and %s: %w", certificateName, keyName, err)
		}
		c.Certificates = []tls.Certificate{pair}
	}
	return c, nil
}

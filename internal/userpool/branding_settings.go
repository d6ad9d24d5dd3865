package userpool

import (
	"bytes"
	_ "embed" // the provided settings
	"encoding/json"
	"errors"
	"io"
	"regexp"
	"slices"
	"strings"
	"sync"
)

const (
	settingsNoObject = "Settings must be a JSON object."
	settingsUnknown  = "Invalid settings: unknown property %s."
	settingsType     = "Invalid settings: the property %s must be %s."
	settingsColor    = "Invalid settings: the property %s must be a color of eight hexadecimal digits."
	settingsDepth    = "Invalid settings: objects are nested too deep."
	maxSettingsDepth = 20
)

// providedSettings are the settings of the style that the service provides, in
// the form of the API.
//
//go:embed branding_settings.json
var providedSettings []byte

var defaultSettings = sync.OnceValue(func() map[string]any {
	var v map[string]any
	if err := json.Unmarshal(providedSettings, &v); err != nil {
		panic(err)
	}
	return v
})

var colorForm = regexp.MustCompile(`^[0-9A-Fa-f]{8}$`)

// parseSettings reads a settings document and checks it against the provided
// one: it has no sections or components but those, and a property that both
// have is of the same type.
func parseSettings(text []byte) (map[string]any, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, invalidParameter(settingsNoObject)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, invalidParameter(settingsNoObject)
	}
	settings, ok := v.(map[string]any)
	if !ok {
		return nil, invalidParameter(settingsNoObject)
	}
	return settings, checkSettings(settings, defaultSettings(), nil)
}

// closedDepth is how deep in the document every name is known: sections, and
// the components in them.
const closedDepth = 2

// checkSettings checks the properties of an object of the document at path.
func checkSettings(given, known map[string]any, path []string) error {
	if len(path) > maxSettingsDepth {
		return invalidParameter(settingsDepth)
	}
	for _, name := range sortedKeys(given) {
		at := append(slices.Clone(path), name)
		k, ok := known[name]
		if !ok && len(path) < closedDepth {
			return invalidParameter(settingsUnknown, strings.Join(at, "."))
		}
		if err := checkSetting(given[name], k, ok, at); err != nil {
			return err
		}
	}
	return nil
}

func checkSetting(given, known any, isKnown bool, path []string) error {
	name := strings.Join(path, ".")
	if isKnown && settingKind(given) != settingKind(known) {
		return invalidParameter(settingsType, name, settingKind(known))
	}
	switch given := given.(type) {
	case map[string]any:
		k, _ := known.(map[string]any)
		return checkSettings(given, k, path)
	case string:
		last := path[len(path)-1]
		if (last == "color" || strings.HasSuffix(last, "Color")) && !colorForm.MatchString(given) {
			return invalidParameter(settingsColor, name)
		}
	}
	return nil
}

// settingKind says what a JSON value is.
func settingKind(v any) string {
	switch v.(type) {
	case map[string]any:
		return "an object"
	case []any:
		return "an array"
	case string:
		return "a string"
	case bool:
		return "a boolean"
	case float64:
		return "a number"
	}
	return "absent"
}

// mergeSettings returns the settings with a change merged in: objects by their
// properties, all else replaced.
func mergeSettings(current *string, change any) (string, error) {
	base := map[string]any{}
	if current != nil {
		if err := json.Unmarshal([]byte(*current), &base); err != nil {
			return "", err
		}
	}
	b, err := json.Marshal(merge(base, change))
	return string(b), err
}

// mergedWithDefaults returns the provided settings with the style's own.
func mergedWithDefaults(own *string) (string, error) {
	if own == nil {
		return mergeSettings(nil, defaultSettings())
	}
	var v any
	if err := json.Unmarshal([]byte(*own), &v); err != nil {
		return "", err
	}
	base := string(providedSettings)
	return mergeSettings(&base, v)
}

func merge(base, change any) any {
	b, isObject := base.(map[string]any)
	c, ok := change.(map[string]any)
	if !ok || !isObject {
		return change
	}
	for name, v := range c {
		b[name] = merge(b[name], v)
	}
	return b
}

func sortedKeys(m map[string]any) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

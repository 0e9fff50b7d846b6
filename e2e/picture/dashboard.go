package main

import (
	"encoding/json"
	"slices"
	"strings"
)

// dashboard has the parts of a Grafana dashboard that are drawn.
type dashboard struct {
	Title  string
	Panels []panel
}

type panel struct {
	Type, Title string
	GridPos     struct{ X, Y, W, H int }
	Targets     []target
	FieldConfig struct {
		Defaults  field
		Overrides []struct {
			Matcher    struct{ ID, Options string }
			Properties []struct {
				ID    string
				Value json.RawMessage
			}
		}
	}
	Transformations []struct {
		ID      string
		Options json.RawMessage
	}
	Options struct {
		SortBy []struct {
			DisplayName string
			Desc        bool
		}
	}
}

type target struct{ RefID, Expr, LegendFormat string }

// field says how the values of a panel or of a column are shown.
type field struct {
	Unit       string
	Thresholds thresholds
	Custom     struct {
		ThresholdsStyle struct{ Mode string }
	}
}

type thresholds struct {
	Steps []struct {
		Color string
		Value float64 // the first step has null in JSON, which is 0 here
	}
}

// color returns the color of the last step that value reaches, or "" without steps.
func (t thresholds) color(value float64) (name string) {
	for i, step := range t.Steps {
		if i == 0 || value >= step.Value {
			name = step.Color
		}
	}
	return name
}

func parseDashboard(text []byte) (d dashboard, err error) {
	err = json.Unmarshal(text, &d)
	return d, err
}

// rateInterval is the value of Grafana's $__rate_interval: several scrapes.
const rateInterval = "20s"

// everything replaces the dashboard's variables by the values that select all.
var everything = strings.NewReplacer("$job", ".*", "$instance", ".*", "$device", ".*", "$__rate_interval", rateInterval)

// organized has the settings of the transformation "organize".
type organized struct {
	ExcludeByName map[string]bool
	IndexByName   map[string]int
	RenameByName  map[string]string
}

func (p panel) organized() (o organized, err error) {
	for _, t := range p.Transformations {
		if t.ID == "organize" {
			err = json.Unmarshal(t.Options, &o)
		}
	}
	return o, err
}

// columns returns the names of the columns in order, before they are renamed.
func (o organized) columns() (names []string) {
	for name := range o.IndexByName {
		if !o.ExcludeByName[name] {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, func(a, b string) int { return o.IndexByName[a] - o.IndexByName[b] })
	return names
}

// column returns the settings of the column with a displayed name.
func (p panel) column(name string) (f field, err error) {
	f = p.FieldConfig.Defaults
	for _, o := range p.FieldConfig.Overrides {
		if o.Matcher.ID != "byName" || o.Matcher.Options != name {
			continue
		}
		for _, property := range o.Properties {
			switch property.ID {
			case "unit":
				err = json.Unmarshal(property.Value, &f.Unit)
			case "thresholds":
				err = json.Unmarshal(property.Value, &f.Thresholds)
			}
			if err != nil {
				return f, err
			}
		}
	}
	return f, nil
}

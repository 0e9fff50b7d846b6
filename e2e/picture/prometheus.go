package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// prometheus is a server and the time range of the queries.
type prometheus struct {
	url        string
	start, end time.Time
}

// series is one result of a query.
type series struct {
	labels map[string]string
	points []point
}

// point is a value at a time, in seconds since 1970.
type point struct{ time, value float64 }

// UnmarshalJSON reads a point: a number for the time, and the value as text.
func (p *point) UnmarshalJSON(b []byte) error {
	var text string
	if err := json.Unmarshal(b, &[]any{&p.time, &text}); err != nil {
		return err
	}
	var err error
	p.value, err = strconv.ParseFloat(text, 64)
	return err
}

// resolution is the number of points of a series.
const resolution = 180

func (p prometheus) step() time.Duration {
	return max(p.end.Sub(p.start)/resolution, time.Second)
}

// during returns the results of a query over the whole time range.
func (p prometheus) during(ctx context.Context, expr string) ([]series, error) {
	return p.ask(ctx, "query_range", url.Values{
		"query": {expr}, "start": {timestamp(p.start)}, "end": {timestamp(p.end)},
		"step": {strconv.FormatFloat(p.step().Seconds(), 'f', 3, 64)},
	})
}

// now returns the results of a query at the end of the time range.
func (p prometheus) now(ctx context.Context, expr string) ([]series, error) {
	return p.ask(ctx, "query", url.Values{"query": {expr}, "time": {timestamp(p.end)}})
}

func timestamp(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }

func (p prometheus) ask(ctx context.Context, endpoint string, parameters url.Values) ([]series, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.url+"/api/v1/"+endpoint+"?"+parameters.Encode(), nil)
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	var answer struct {
		Status, Error string
		Data          struct {
			Result []struct {
				Metric map[string]string
				Value  *point  // of now
				Values []point // of during
			}
		}
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return nil, fmt.Errorf("the answer to %s: %w", parameters.Get("query"), err)
	}
	if answer.Status != "success" {
		return nil, fmt.Errorf("%s: %s", parameters.Get("query"), answer.Error)
	}
	var all []series
	for _, r := range answer.Data.Result {
		if r.Value != nil {
			r.Values = append(r.Values, *r.Value)
		}
		all = append(all, series{r.Metric, r.Values})
	}
	return all, nil
}

// last returns the last value of a series.
func (s series) last() float64 { return s.points[len(s.points)-1].value }

// legend returns the format of a legend with labels filled in.
func (s series) legend(format string) string {
	for name, value := range s.labels {
		format = strings.ReplaceAll(format, "{{"+name+"}}", value)
	}
	return format
}

package main

import (
	"cmp"
	"context"
	"maps"
	"slices"
)

// row is a row of a table: labels, and values by the names that Grafana gives their
// columns.
type row struct {
	labels map[string]string
	values map[string]float64
}

// rows merges the results of all queries. Results whose common labels are equal
// become one row.
func (p panel) rows(ctx context.Context, server prometheus) (rows []row, err error) {
	for _, t := range p.Targets {
		answers, err := server.now(ctx, everything.Replace(t.Expr))
		if err != nil {
			return nil, err
		}
		for _, s := range answers {
			delete(s.labels, "__name__")
			r := rowOf(rows, s.labels)
			if r == nil {
				rows = append(rows, row{maps.Clone(s.labels), make(map[string]float64)})
				r = &rows[len(rows)-1]
			}
			r.values["Value #"+t.RefID] = s.last()
		}
	}
	return rows, nil
}

func rowOf(rows []row, labels map[string]string) *row {
	for i, r := range rows {
		same := true
		for name, value := range labels {
			if has, ok := r.labels[name]; ok && has != value {
				same = false
			}
		}
		if same && len(r.labels) >= len(labels) && sharesKey(r.labels, labels) {
			return &rows[i]
		}
	}
	return nil
}

// sharesKey reports whether two rows are about the same peer, device or failure.
func sharesKey(a, b map[string]string) bool {
	for _, name := range []string{"instance", "device", "public_key", "reason"} {
		if a[name] != b[name] {
			return false
		}
	}
	return true
}

// column is a column of a table.
type column struct {
	name, title string // before and after it is renamed
	field       field
	width       float64
}

// cell returns the text and the color of a row in the column.
func (c column) cell(r row) (text, color string) {
	if text, ok := r.labels[c.name]; ok {
		return text, bright
	}
	value, ok := r.values[c.name]
	if !ok {
		return "", bright
	}
	color = bright
	if name := c.field.Thresholds.color(value); name != "" {
		color = named[name]
	}
	return inUnit(value, c.field.Unit), color
}

func (p panel) columns(rows []row) (all []column, err error) {
	o, err := p.organized()
	if err != nil {
		return nil, err
	}
	for _, name := range o.columns() {
		c := column{name: name, title: o.RenameByName[name]}
		if c.field, err = p.column(c.title); err != nil {
			return nil, err
		}
		c.width = width(c.title, 12) + cellGap
		for _, r := range rows {
			text, _ := c.cell(r)
			c.width = min(max(c.width, width(text, 12)+cellGap), widest)
		}
		all = append(all, c)
	}
	return all, nil
}

// sort sorts the rows by the column that the panel names. Rows without a value
// come last.
func (p panel) sort(rows []row, columns []column) {
	for _, by := range p.Options.SortBy {
		i := slices.IndexFunc(columns, func(c column) bool { return c.title == by.DisplayName })
		if i < 0 {
			continue
		}
		slices.SortStableFunc(rows, func(a, b row) int {
			x, has := a.values[columns[i].name]
			y, had := b.values[columns[i].name]
			switch {
			case !has || !had:
				return cmp.Compare(toInt(had), toInt(has))
			case by.Desc:
				return cmp.Compare(y, x)
			default:
				return cmp.Compare(x, y)
			}
		})
	}
}

func toInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Sizes of cells.
const (
	tableHeight = 19 // of a row
	cellGap     = 10 // between columns
	widest      = 330
)

func (p panel) drawTable(ctx context.Context, c *canvas, server prometheus, at box) error {
	rows, err := p.rows(ctx, server)
	if err != nil {
		return err
	}
	if len(rows) == 0 {
		c.noData(at)
		return nil
	}
	columns, err := p.columns(rows)
	if err != nil {
		return err
	}
	p.sort(rows, columns)
	c.drawRows(rows, spread(columns, at.w), at)
	return nil
}

// spread widens the columns to fill the room, or narrows the widest ones.
func spread(columns []column, room float64) []column {
	all, most := 0.0, 0
	for i, c := range columns {
		all += c.width
		if c.width > columns[most].width {
			most = i
		}
	}
	if all > room {
		columns[most].width -= all - room
		return columns
	}
	for i := range columns {
		columns[i].width *= room / all
	}
	return columns
}

// drawRows draws the rows that fit.
func (c *canvas) drawRows(rows []row, columns []column, at box) {
	x := at.x
	for _, column := range columns {
		y, room := at.y+8, column.width-cellGap
		c.text(x, y, style{12, "#8ab8ff", "start", 600}, fit(column.title, 12, room))
		for _, r := range rows {
			if y += tableHeight; y > at.y+at.h {
				break
			}
			text, color := column.cell(r)
			c.text(x, y, style{12, color, "start", 400}, fit(text, 12, room))
		}
		x += column.width
	}
	for i := range rows {
		if y := at.y + 14 + float64(i)*tableHeight; y < at.y+at.h {
			c.line(at.x, y, at.x+at.w, y, frame, "")
		}
	}
}

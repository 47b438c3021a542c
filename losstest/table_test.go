package losstest

import (
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"text/tabwriter"
)

// row is what was measured under one load.
type row struct {
	load           load
	manual         bool
	floors, pauses []float64 // milliseconds
	rates          []float64
	lost           int
	order          []string // of the parts
	parts          map[string][]float64
}

func (r *row) add(m measured) {
	if m.rate > 0 {
		r.rates = append(r.rates, m.rate)
	}
	r.lost += m.lost
	if r.parts == nil {
		r.parts = map[string][]float64{}
	}
	for _, p := range m.parts {
		if _, known := r.parts[p.name]; !known {
			r.order = append(r.order, p.name)
		}
		r.parts[p.name] = append(r.parts[p.name], p.ms)
	}
}

// bars are what the pause may be longer than the floor, at the median and at the 99th
// percentile; the latter holds up to 10,000 writes per second.
func (r *row) bars() (median, high float64) {
	trip := ms(r.load.roundTrip)
	return 5 + 2*trip, 25 + 4*trip
}

// over is how much longer it is.
func (r *row) over() (median, high float64) {
	base := quantile(r.floors, 0.5)
	return quantile(r.pauses, 0.5) - base, quantile(r.pauses, 0.99) - base
}

func (r *row) report(b *testing.B) {
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(quantile(r.pauses, 0.5), "pause-ms")
	b.ReportMetric(quantile(r.pauses, 0.99), "pause-p99-ms")
	if !r.manual {
		b.ReportMetric(quantile(r.floors, 0.5), "floor-ms")
		median, high := r.over()
		b.ReportMetric(median, "over-ms")
		b.ReportMetric(high, "over-p99-ms")
	}
	b.ReportMetric(float64(r.lost), "lost")
}

// table is all rows.
type table struct{ rows []row }

// publish writes the table to w and, with a name, to a file.
func (t *table) publish(w io.Writer, file string) error {
	text := t.String()
	if _, err := io.WriteString(w, text); err != nil || file == "" {
		return err
	}
	return os.WriteFile(file, []byte(text), 0o644)
}

func (t *table) String() string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(&b, "\nPause in ms: no write of any client is acknowledged. The promotion takes %v in the simulated service.\n", *promotion)
	fmt.Fprintln(w, "\tround trip\twrites/s\treached\trounds\tfloor\tmedian\tp99\tover the floor\t(allowed)\tp99 over\t(allowed)\tlost\t")
	for _, r := range t.rows {
		how := "library"
		if r.manual {
			how = fmt.Sprintf("by hand, waiter %v", *waiter)
		}
		fmt.Fprintf(w, "%s\t%v\t%d\t%.0f\t%d\t", how, r.load.roundTrip, r.load.rate, quantile(r.rates, 0.5), len(r.pauses))
		if r.manual {
			fmt.Fprintf(w, "\t%.1f\t%.1f\t\t\t\t\t%d\t\n", quantile(r.pauses, 0.5), quantile(r.pauses, 0.99), r.lost)
			continue
		}
		median, high := r.over()
		barMedian, barHigh := r.bars()
		allowed := fmt.Sprintf("%.0f", barHigh)
		if r.load.rate > 10_000 {
			allowed = "none"
		}
		fmt.Fprintf(w, "%.1f\t%.1f\t%.1f\t%.1f\t%.0f\t%.1f\t%s\t%d\t\n", quantile(r.floors, 0.5), quantile(r.pauses, 0.5), quantile(r.pauses, 0.99),
			median, barMedian, high, allowed, r.lost)
	}
	_ = w.Flush()
	b.WriteString(t.breakdown())
	return b.String()
}

// breakdown is where the library's pause goes.
func (t *table) breakdown() string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	for i, r := range t.rows {
		if len(r.order) == 0 {
			continue
		}
		if i == 0 {
			fmt.Fprintf(w, "\nWhere it goes (medians, ms)\t\t%s\t\n", strings.Join(r.order, "\t"))
		}
		fmt.Fprintf(w, "%v\t%d\t", r.load.roundTrip, r.load.rate)
		for _, name := range r.order {
			fmt.Fprintf(w, "%.1f\t", quantile(r.parts[name], 0.5))
		}
		fmt.Fprintln(w)
	}
	_ = w.Flush()
	return b.String()
}

package rdb

import (
	"math"
	"math/rand/v2"
	"strconv"
	"testing"
)

// What is parsed in the short way is what the long way makes of it, to the bit.
func TestShortDecimal(t *testing.T) {
	t.Parallel()
	texts := []string{
		"0", "-0", "1", "-1", "12.25", "-12.25", "0.1", ".5", "5.", "000.50", "9007199254740991", "900719925474099.1",
		"0.00000000000001", "123456789012345", "-999999999999999", "99999999999999.9",
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for range 100_000 {
		texts = append(texts, strconv.FormatFloat(float64(rng.Int64N(1e15))/math.Pow10(rng.IntN(12)), 'f', -1, 64))
	}
	short := 0
	for _, text := range texts {
		want, err := strconv.ParseFloat(text, 64)
		if err != nil {
			t.Fatal(err)
		}
		got, ok := shortDecimal([]byte(text))
		if !ok {
			continue
		}
		short++
		if math.Float64bits(got) != math.Float64bits(want) {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
	}
	if short < len(texts)/2 {
		t.Errorf("%d of %d were parsed in the short way", short, len(texts))
	}
	for _, text := range []string{"", "-", ".", "-.", "1e5", "inf", "-inf", "nan", "1.2.3", "+1", " 1", "0x1", "1_0", "9007199254740993", "12345678901234567"} {
		if got, ok := shortDecimal([]byte(text)); ok {
			t.Errorf("%q is %v in the short way, want that it is left", text, got)
		}
	}
}

// Strings of any kind come out of LZF as they went in, however they overlap
// and end.
func TestUnfold(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(3, 4))
	for range 20_000 {
		packed, want := fold(rng)
		got := make([]byte, len(want))
		if !unfold(packed, got) || string(got) != string(want) {
			t.Fatalf("%x: %q, want %q", packed, got, want)
		}
		if len(want) > 0 && unfold(packed, make([]byte, len(want)-1)) || unfold(packed, make([]byte, len(want)+1)) {
			t.Fatalf("%x: unfolded to a wrong length", packed)
		}
	}
}

// fold makes up a compressed string and what it stands for, byte by byte.
func fold(rng *rand.Rand) (packed, plain []byte) {
	for range rng.IntN(12) {
		if len(plain) == 0 || rng.IntN(2) == 0 {
			n := 1 + rng.IntN(32)
			packed = append(packed, byte(n-1))
			for range n {
				c := byte(rng.Uint32())
				packed, plain = append(packed, c), append(plain, c)
			}
			continue
		}
		n, back := 3+rng.IntN(40), 1+rng.IntN(min(len(plain), 1<<13))
		high := byte((back - 1) >> 8)
		if n < 9 {
			packed = append(packed, byte(n-2)<<5|high)
		} else {
			packed = append(packed, 7<<5|high, byte(n-9))
		}
		packed = append(packed, byte(back-1))
		for range n {
			plain = append(plain, plain[len(plain)-back])
		}
	}
	return packed, plain
}

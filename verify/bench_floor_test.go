package verify_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
)

// readFloor is the leanest client there is for what a comparison has to read:
// every value of the given databases of a server and nothing more. SCAN gives
// the names, MGET the strings, and DUMP what is none, which is decoded to its
// elements. Three pages are in flight: one is scanned, one is read, one is
// dumped. No reply allocates anything. It returns how many keys there were and
// how many bytes came.
func readFloor(ctx context.Context, addr string, dbs []int) (keys, bytes int64, err error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return 0, 0, err
	}
	defer func() { _ = conn.Close() }()
	f := &floor{conn: conn, buf: make([]byte, 256<<10)}
	for _, db := range dbs {
		if err := f.database(db); err != nil {
			return 0, 0, fmt.Errorf("database %d of %s: %w", db, addr, err)
		}
	}
	return f.keys, f.bytes, nil
}

// floor reads one server.
type floor struct {
	conn        net.Conn
	buf         []byte // what was read and not taken yet is buf[from:to]
	from, to    int
	out         []byte
	queue       []step  // what replies will come, in order
	free        []*page // pages to use again
	value       decoder
	keys, bytes int64
}

// page is the names of some keys, one after the other.
type page struct {
	names []byte
	ends  []int // of each name
	nils  []int // which of them are no strings
}

func (p *page) name(i int) []byte {
	if i == 0 {
		return p.names[:p.ends[0]]
	}
	return p.names[p.ends[i-1]:p.ends[i]]
}

// step is a reply, or one reply for each of a page's nils, that will come.
type step struct {
	kind byte // 's'can, 'm'get, 'd'ump
	page *page
}

func (f *floor) database(db int) error {
	f.command(2, "SELECT")
	f.word(strconv.AppendInt(nil, int64(db), 10))
	if err := f.flush(); err != nil {
		return err
	}
	if _, _, err := f.header(); err != nil {
		return err
	}
	f.scan([]byte("0"))
	for len(f.queue) > 0 {
		if err := f.flush(); err != nil {
			return err
		}
		next := f.queue[0]
		f.queue = append(f.queue[:0], f.queue[1:]...)
		var err error
		switch next.kind {
		case 's':
			err = f.scanned()
		case 'm':
			err = f.got(next.page)
		case 'd':
			err = f.dumped(next.page)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// scan asks for the next page. Pages below a thousand keys cost the server twice
// as much for being woken up.
func (f *floor) scan(cursor []byte) {
	f.command(4, "SCAN")
	f.word(cursor)
	f.out = append(f.out, "$5\r\nCOUNT\r\n$4\r\n1000\r\n"...)
	f.queue = append(f.queue, step{'s', nil})
}

// scanned takes a page of names, and asks for the next one and for the values.
func (f *floor) scanned() error {
	if err := f.array(2); err != nil {
		return err
	}
	cursor, err := f.bulk()
	if err != nil {
		return err
	}
	if !bytes.Equal(cursor, []byte("0")) {
		f.scan(cursor)
	}
	kind, n, err := f.header()
	if err != nil || kind != '*' {
		return errors.Join(err, errReply)
	}
	p := &page{}
	if last := len(f.free) - 1; last >= 0 {
		p, f.free = f.free[last], f.free[:last]
	}
	p.names, p.ends, p.nils = p.names[:0], p.ends[:0], p.nils[:0]
	for range n {
		name, err := f.bulk()
		if err != nil {
			return err
		}
		p.names = append(p.names, name...)
		p.ends = append(p.ends, len(p.names))
	}
	f.keys += n
	if n == 0 {
		f.free = append(f.free, p)
		return nil
	}
	f.command(1+n, "MGET")
	for i := range p.ends {
		f.word(p.name(i))
	}
	f.queue = append(f.queue, step{'m', p})
	return nil
}

// got takes the strings of a page and asks for what is none.
func (f *floor) got(p *page) error {
	if err := f.array(int64(len(p.ends))); err != nil {
		return err
	}
	for i := range p.ends {
		kind, n, err := f.header()
		if err != nil || kind != '$' {
			return errors.Join(err, errReply)
		}
		if n < 0 {
			p.nils = append(p.nils, i)
			f.command(2, "DUMP")
			f.word(p.name(i))
			continue
		}
		if err := f.skip(n + 2); err != nil {
			return err
		}
	}
	if len(p.nils) == 0 {
		f.free = append(f.free, p)
		return nil
	}
	f.queue = append(f.queue, step{'d', p})
	return nil
}

// dumped takes the values of a page that are no strings.
func (f *floor) dumped(p *page) error {
	for _, i := range p.nils {
		payload, err := f.bulk()
		if err != nil {
			return err
		}
		if err := f.value.decode(payload); err != nil {
			return fmt.Errorf("key %q: %w", p.name(i), err)
		}
	}
	f.free = append(f.free, p)
	return nil
}

// command begins a command of n words.
func (f *floor) command(n int64, name string) {
	f.out = append(f.out, '*')
	f.out = strconv.AppendInt(f.out, n, 10)
	f.out = append(f.out, "\r\n$"...)
	f.out = strconv.AppendInt(f.out, int64(len(name)), 10)
	f.out = append(f.out, "\r\n"...)
	f.out = append(f.out, name...)
	f.out = append(f.out, "\r\n"...)
}

func (f *floor) word(w []byte) {
	f.out = append(f.out, '$')
	f.out = strconv.AppendInt(f.out, int64(len(w)), 10)
	f.out = append(f.out, "\r\n"...)
	f.out = append(f.out, w...)
	f.out = append(f.out, "\r\n"...)
}

func (f *floor) flush() error {
	if len(f.out) == 0 {
		return nil
	}
	_, err := f.conn.Write(f.out)
	f.out = f.out[:0]
	return err
}

// errReply is a reply of another form than the command has.
var errReply = errors.New("an unexpected reply")

// fill reads until n bytes are at hand.
func (f *floor) fill(n int) error {
	if f.to-f.from >= n {
		return nil
	}
	if f.from+n > len(f.buf) {
		if n > len(f.buf) {
			f.buf = append(f.buf, make([]byte, 2*n-len(f.buf))...)
		}
		copy(f.buf, f.buf[f.from:f.to])
		f.from, f.to = 0, f.to-f.from
	}
	for f.to-f.from < n {
		got, err := f.conn.Read(f.buf[f.to:])
		if got == 0 && err != nil {
			return err
		}
		f.to += got
		f.bytes += int64(got)
	}
	return nil
}

// header takes a line with a length or a number.
func (f *floor) header() (kind byte, n int64, err error) {
	seen := 0
	for {
		if i := bytes.IndexByte(f.buf[f.from+seen:f.to], '\n'); i >= 0 {
			line := f.buf[f.from : f.from+seen+i-1]
			f.from += seen + i + 1
			return number(line)
		}
		seen = f.to - f.from
		if err := f.fill(seen + 1); err != nil {
			return 0, 0, err
		}
	}
}

func number(line []byte) (kind byte, n int64, err error) {
	switch line[0] {
	case '+':
		return '+', 0, nil
	case '-':
		return 0, 0, errors.New(string(line[1:]))
	}
	digits := line[1:]
	if digits[0] == '-' {
		return line[0], -1, nil
	}
	for _, d := range digits {
		n = 10*n + int64(d-'0')
	}
	return line[0], n, nil
}

func (f *floor) array(want int64) error {
	kind, n, err := f.header()
	if err == nil && (kind != '*' || n != want) {
		err = errReply
	}
	return err
}

// bulk takes a string, which is valid until the next one is taken.
func (f *floor) bulk() ([]byte, error) {
	kind, n, err := f.header()
	if err != nil || kind != '$' || n < 0 {
		return nil, errors.Join(err, errReply)
	}
	if err := f.fill(int(n) + 2); err != nil {
		return nil, err
	}
	b := f.buf[f.from : f.from+int(n)]
	f.from += int(n) + 2
	return b, nil
}

// skip drops n bytes without holding them.
func (f *floor) skip(n int64) error {
	for n > 0 {
		if f.from == f.to {
			f.from, f.to = 0, 0
			if err := f.fill(1); err != nil {
				return err
			}
		}
		some := min(n, int64(f.to-f.from))
		f.from += int(some)
		n -= some
	}
	return nil
}

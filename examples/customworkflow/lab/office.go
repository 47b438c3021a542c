package lab

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"sync"
	"time"
)

// Office is a ticket system and a status page over HTTP, on a loopback port. It
// decides each ticket by itself after some time.
type Office struct {
	// URL is its base URL.
	URL string

	server  *http.Server
	ended   chan error
	verdict string
	after   time.Duration

	mu      sync.Mutex
	opened  map[string]time.Time
	notices map[string]string
}

// StartOffice starts an office that gives tickets the verdict "approved" or
// "denied" some time after they were opened.
func StartOffice(verdict string, after time.Duration) (*Office, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("office: %w", err)
	}
	o := &Office{
		URL: "http://" + l.Addr().String(), ended: make(chan error, 1), verdict: verdict, after: after,
		opened: map[string]time.Time{}, notices: map[string]string{},
	}
	mux := http.NewServeMux()
	mux.HandleFunc("PUT /tickets/{id}", o.open)
	mux.HandleFunc("GET /tickets/{id}", o.ticket)
	mux.HandleFunc("PUT /notices/{id}", o.post)
	mux.HandleFunc("DELETE /notices/{id}", o.withdraw)
	o.server = &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go func() { o.ended <- o.server.Serve(l) }()
	return o, nil
}

// Close ends the office and frees its port.
func (o *Office) Close() error {
	err := o.server.Close()
	if ended := <-o.ended; !errors.Is(ended, http.ErrServerClosed) {
		err = errors.Join(err, ended)
	}
	return err
}

// Notices returns what the status page shows, by id.
func (o *Office) Notices() map[string]string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return maps.Clone(o.notices)
}

func (o *Office) open(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if id := r.PathValue("id"); o.opened[id].IsZero() {
		o.opened[id] = time.Now()
	}
	w.WriteHeader(http.StatusNoContent)
}

func (o *Office) ticket(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	opened, ok := o.opened[r.PathValue("id")]
	if !ok {
		http.Error(w, "there is no such ticket", http.StatusNotFound)
		return
	}
	state := "open"
	if time.Since(opened) >= o.after {
		state = o.verdict
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]string{"state": state}) // the client asks again
}

func (o *Office) post(w http.ResponseWriter, r *http.Request) {
	var n struct {
		Text string `json:"text"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&n); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.notices[r.PathValue("id")] = n.Text
	w.WriteHeader(http.StatusNoContent)
}

func (o *Office) withdraw(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.notices, r.PathValue("id"))
	w.WriteHeader(http.StatusNoContent)
}

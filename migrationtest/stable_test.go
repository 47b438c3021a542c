package migrationtest

import "testing"

func TestStable(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"gave up after 12 tries in 1m3.21s: x":          "gave up after <number> tries in <duration>: x",
		"panic: boom\n\ngoroutine 7 [running]:\nmain()": "panic: boom",
		"two\n lines":        "two lines",
		"at 10.0.0.241:6379": "at 10.0.0.241:6379",
		"dial tcp 127.0.0.1:40123: connect: connection refused":                 "dial tcp 127.0.0.1:<port>: connect: connection refused",
		"read tcp 10.0.0.1:50122->10.0.0.241:6379: reset":                       "read tcp 10.0.0.1:<port>->10.0.0.241:6379: reset",
		"StatusCode: 400, RequestID: 3f2e1a00-0000-4000-8000-0123456789ab, api": "StatusCode: 400, RequestID: <id>, api",
		"id 0123456789abcdef0123456789abcdef01234567 here":                      "id <id> here",
		"key cachelift:fence:ABCDEFGHIJKLMNOPQRSTUVWXYZ":                        "key cachelift:fence:<random>",
		"promoted at offset 42, before the source's 97":                         "promoted at offset <offset>, before the source's <offset>",
		"source.version 5.0.6, attempt 1 of 3":                                  "source.version 5.0.6, attempt 1 of 3",
		"lag 12.5 MB, read 3 GiB of 1024B":                                      "lag <size>, read <size> of <size>",
		"at 2026-11-22 22:03:01.5 +0000 UTC it was":                             "at <time> it was",
		"min-replicas-to-write is 1000000":                                      "min-replicas-to-write is <number>",
		"(*T)(0xc000123456) and 12 keys":                                        "(*T)(<pointer>) and 12 keys",
		"status 503 after 250ms":                                                "status 503 after <duration>",
	} {
		if got := stable(in); got != want {
			t.Errorf("stable(%q)\n got %q\nwant %q", in, got, want)
		}
	}
}

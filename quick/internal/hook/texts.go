package hook

import (
	"io"
	"os"
	"sync"
)

// texts are texts that a child process reads from pipes.
type texts struct {
	readers []*os.File
	writers sync.WaitGroup // done when each text was read or its reader is closed
}

// sendTexts opens a pipe for each text and starts to write.
func sendTexts(all ...string) (*texts, error) {
	t := new(texts)
	for _, text := range all {
		r, w, err := os.Pipe()
		if err != nil {
			t.closeReaders()
			t.writers.Wait()
			return nil, err
		}
		t.readers = append(t.readers, r)
		t.writers.Go(func() {
			// An error means that the child ended early, which Wait reports.
			_, _ = io.WriteString(w, text)
			_ = w.Close()
		})
	}
	return t, nil
}

// closeReaders closes the process's own ends, so that writing fails when the child
// ends.
func (t *texts) closeReaders() {
	for _, r := range t.readers {
		_ = r.Close()
	}
}

package nsthread

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// A Thread runs tasks. The programs that it starts inherit its namespaces, which end
// with it.
type Thread struct {
	tasks chan func()
	ended chan struct{}
}

// New starts a thread.
func New() *Thread {
	t := &Thread{tasks: make(chan func()), ended: make(chan struct{})}
	go t.live()
	return t
}

// live runs the tasks, and then ends the thread.
func (t *Thread) live() {
	runtime.LockOSThread()
	if unix.Gettid() == unix.Getpid() {
		// The main thread must not change its namespaces. While this goroutine
		// occupies it, the new goroutine runs on another thread.
		defer runtime.UnlockOSThread()
		go t.live()
		<-t.ended
		return
	}
	defer close(t.ended)
	for task := range t.tasks {
		task()
	}
}

// Do runs f on the thread. f must not call t.Fatal.
func (t *Thread) Do(f func() error) error {
	result := make(chan error)
	t.tasks <- func() { result <- f() }
	return <-result
}

// End ends the thread, after the tasks that have begun.
func (t *Thread) End() {
	close(t.tasks)
	<-t.ended
}

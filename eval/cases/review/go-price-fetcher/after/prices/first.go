package prices

import (
	"context"
	"errors"
	"time"
)

const patience = 2 * time.Second

type answer struct {
	quote Quote
	err   error
}

// FirstBelow asks all suppliers at once and answers the first quote that is not above the limit.
// It does not wait for slow suppliers once it has one.
func (c *Client) FirstBelow(ctx context.Context, bases []string, item string, limit int64) (Quote, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()

	answers := make(chan answer)
	for _, base := range bases {
		go func() {
			quote, err := c.Quote(ctx, base, item)
			answers <- answer{quote, err}
		}()
	}

	var failures []error
	for range bases {
		select {
		case got := <-answers:
			if got.err != nil {
				failures = append(failures, got.err)
				continue
			}
			if got.quote.Cents <= limit {
				return got.quote, nil
			}
		case <-ctx.Done():
			return Quote{}, errors.Join(append(failures, ctx.Err())...)
		}
	}
	return Quote{}, errors.Join(append(failures, errors.New("no supplier is within the limit"))...)
}

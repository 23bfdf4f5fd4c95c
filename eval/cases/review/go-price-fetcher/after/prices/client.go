// Package prices asks suppliers what goods cost.
package prices

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

const maxBody = 64 << 10

// ErrUnknownItem says that a supplier does not sell the item.
var ErrUnknownItem = errors.New("the supplier does not sell this item")

// Quote is what one supplier asks for one item, in cents.
type Quote struct {
	Supplier string `json:"supplier"`
	Cents    int64  `json:"cents"`
}

// Client asks over HTTP.
type Client struct {
	HTTP *http.Client
}

// Quote asks the supplier at base for the item.
func (c *Client) Quote(ctx context.Context, base, item string) (Quote, error) {
	address := base + "/quote?item=" + url.QueryEscape(item)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return Quote{}, err
	}
	request.Header.Set("Accept", "application/json")
	response, err := c.HTTP.Do(request)
	if err != nil {
		return Quote{}, fmt.Errorf("asking %s: %w", base, err)
	}
	switch {
	case response.StatusCode == http.StatusNotFound:
		return Quote{}, ErrUnknownItem
	case response.StatusCode != http.StatusOK:
		return Quote{}, fmt.Errorf("%s answered %s", base, response.Status)
	}
	defer response.Body.Close()
	var quote Quote
	if err := json.NewDecoder(io.LimitReader(response.Body, maxBody)).Decode(&quote); err != nil {
		return Quote{}, fmt.Errorf("reading the quote of %s: %w", base, err)
	}
	if quote.Cents <= 0 {
		return Quote{}, fmt.Errorf("%s names no price", base)
	}
	return quote, nil
}

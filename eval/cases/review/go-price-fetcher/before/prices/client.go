// Package prices asks suppliers what goods cost.
package prices

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
)

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
	response, err := c.HTTP.Do(request)
	if err != nil {
		return Quote{}, fmt.Errorf("asking %s: %w", base, err)
	}
	defer response.Body.Close()
	var quote Quote
	if err := json.NewDecoder(response.Body).Decode(&quote); err != nil {
		return Quote{}, fmt.Errorf("reading the quote of %s: %w", base, err)
	}
	return quote, nil
}

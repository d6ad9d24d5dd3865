package server

import (
	"fmt"
	"time"

	"github.com/poolhouse-id/poolhouse/internal/deliver"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

// publish leaves a message for an SNS topic to the outbox.
func (v *services) publish(tx *store.Tx, topic, message string, expires time.Time) error {
	return v.deliver.Enqueue(tx, &store.Message{
		Channel: deliver.Topic, Purpose: "DelegationRequest", Destination: topic, Body: message, Expires: expires,
	})
}

// topics is the transport to SNS topics; nil means the development inbox.
func (s *Server) topics() (deliver.Transport, error) {
	if s.cfg.TopicEndpoint == "" {
		return nil, nil
	}
	cfg, err := s.awsConfig(s.cfg.TopicEndpoint)
	if err != nil {
		return nil, fmt.Errorf("the SNS endpoint for topics: %w", err)
	}
	return deliver.NewTopics(cfg, serviceURL(s.cfg.TopicEndpoint)), nil
}

// Package newops holds what AWS has published of the four services and the Go
// SDK lacks: operations as Input and Output structs in the SDK's own form, and
// structs of the SDK with the members that they miss. It shrinks as the SDK
// catches up.
//
// A struct that only adds members embeds the SDK's struct of the same name;
// the codec takes an embedded struct's members as the outer struct's own. An
// outer member hides an embedded one of the same name.
//
// The source of members, types and bounds are the reference pages of the API
// operations and the published JavaScript clients.
package newops

namespace Cqrs.EventStore.EventStoreDb.Wire;

/// <summary>The other side does not keep to the protocol: its bytes are not a frame, or not a message of the expected type.</summary>
public class GrpcFormatException(string message, Exception? inner = null) : Exception(message, inner);

using Cqrs.EventStore.EventStoreDb.Protocol;
using Cqrs.EventStore.Log;
using Cqrs.Gateway.Calls;
using Grpc.Core;
using AppendOptions = Cqrs.EventStore.EventStoreDb.Protocol.AppendReq.Types.Options;
using BatchOptions = Cqrs.EventStore.EventStoreDb.Protocol.BatchAppendReq.Types.Options;

namespace Cqrs.Gateway.Appending;

/// <summary>Converts expected revisions of the protocol to expected versions of the log, and conflicts back.</summary>
internal static class Expectations
{
    /// <exception cref="RpcException">The options have no expected revision, or one that no stream can have.</exception>
    public static ExpectedVersion Of(AppendOptions options) => options.ExpectedStreamRevisionCase switch
    {
        AppendOptions.ExpectedStreamRevisionOneofCase.Revision => Exactly(options.Revision),
        AppendOptions.ExpectedStreamRevisionOneofCase.NoStream => ExpectedVersion.NoStream,
        AppendOptions.ExpectedStreamRevisionOneofCase.Any => ExpectedVersion.Any,
        AppendOptions.ExpectedStreamRevisionOneofCase.StreamExists => ExpectedVersion.StreamExists,
        _ => throw Missing(),
    };

    /// <exception cref="RpcException">The options have no expected revision, or one that no stream can have.</exception>
    public static ExpectedVersion Of(BatchOptions options) => options.ExpectedStreamPositionCase switch
    {
        BatchOptions.ExpectedStreamPositionOneofCase.StreamPosition => Exactly(options.StreamPosition),
        BatchOptions.ExpectedStreamPositionOneofCase.NoStream => ExpectedVersion.NoStream,
        BatchOptions.ExpectedStreamPositionOneofCase.Any => ExpectedVersion.Any,
        BatchOptions.ExpectedStreamPositionOneofCase.StreamExists => ExpectedVersion.StreamExists,
        _ => throw Missing(),
    };

    /// <summary>Returns the answer to a refused append. It has each fact twice: clients before 20.6.1 read the first form.</summary>
    public static AppendResp.Types.WrongExpectedVersion Answer(WrongExpectedVersionException refused)
    {
        var answer = new AppendResp.Types.WrongExpectedVersion();
        switch (refused.Expected)
        {
            case var expected when expected == ExpectedVersion.Any:
                (answer.ExpectedAny, answer.Any2060) = (new(), new());
                break;
            case var expected when expected == ExpectedVersion.StreamExists:
                (answer.ExpectedStreamExists, answer.StreamExists2060) = (new(), new());
                break;
            case var expected when expected == ExpectedVersion.NoStream:
                (answer.ExpectedNoStream, answer.ExpectedRevision2060) = (new(), ulong.MaxValue);
                break;
            default:
                answer.ExpectedRevision = answer.ExpectedRevision2060 = (ulong)refused.Expected.Value;
                break;
        }

        if (refused.Actual < 0) (answer.CurrentNoStream, answer.NoStream2060) = (new(), new());
        else answer.CurrentRevision = answer.CurrentRevision2060 = (ulong)refused.Actual;
        return answer;
    }

    /// <summary>Returns the details of a refused append of a batch call.</summary>
    public static WrongExpectedVersion Detail(WrongExpectedVersionException refused)
    {
        var detail = new WrongExpectedVersion();
        if (refused.Actual < 0) detail.CurrentNoStream = new();
        else detail.CurrentStreamRevision = (ulong)refused.Actual;
        if (refused.Expected == ExpectedVersion.Any) detail.ExpectedAny = new();
        else if (refused.Expected == ExpectedVersion.StreamExists) detail.ExpectedStreamExists = new();
        else if (refused.Expected == ExpectedVersion.NoStream) detail.ExpectedNoStream = new();
        else detail.ExpectedStreamPosition = (ulong)refused.Expected.Value;
        return detail;
    }

    // Older clients send the largest number for "no stream".
    private static ExpectedVersion Exactly(ulong revision) => revision switch
    {
        ulong.MaxValue => ExpectedVersion.NoStream,
        < long.MaxValue => ExpectedVersion.Exactly((long)revision),
        _ => throw Refusals.Invalid($"{revision} is no revision of a stream."),
    };

    private static RpcException Missing() => Refusals.Invalid("The expected revision of the stream is missing.");
}

using Cqrs.EventStore.EventStoreDb.Connecting;

namespace Cqrs.Contracts.Tests.EventStoreDb;

public sealed class ConnectionStringTests
{
    [Fact]
    public void Hosts_credentials_and_options_are_read()
    {
        var settings = ConnectionString.Parse(
            "esdb://ad%40min:p%3Aw@one:1113,two,[::1]:9/?tls=false&TLSVERIFYCERT=false&tlsCaFile=%2Fca.pem&nodePreference=readOnlyReplica"
            + "&defaultDeadline=2500&keepAliveInterval=-1&keepAliveTimeout=7000&gossipTimeout=900&maxDiscoverAttempts=3&discoveryInterval=50"
            + "&connectionName=report&userCertFile=c.pem&userKeyFile=k.pem&throwOnAppendFailure=true&somethingNewer=1");

        settings.Hosts.ShouldBe([new("one", 1113), new("two", 2113), new("::1", 9)]);
        settings.Discover.ShouldBeTrue();
        settings.Credentials.ShouldBe(new("ad@min", "p:w"));
        settings.Tls.ShouldBeFalse();
        settings.VerifyCertificate.ShouldBeFalse();
        settings.CaFile.ShouldBe("/ca.pem");
        settings.Preference.ShouldBe(NodePreference.ReadOnlyReplica);
        settings.Deadline.ShouldBe(TimeSpan.FromSeconds(2.5));
        settings.KeepAliveInterval.ShouldBe(Timeout.InfiniteTimeSpan);
        settings.KeepAliveTimeout.ShouldBe(TimeSpan.FromSeconds(7));
        settings.GossipTimeout.ShouldBe(TimeSpan.FromSeconds(0.9));
        settings.DiscoverAttempts.ShouldBe(3);
        settings.DiscoverInterval.ShouldBe(TimeSpan.FromMilliseconds(50));
        settings.ConnectionName.ShouldBe("report");
        settings.ClientCertificateFile.ShouldBe("c.pem");
        settings.ClientKeyFile.ShouldBe("k.pem");
        settings.Ignored.ShouldBe(["somethingNewer"]);
    }

    [Theory]
    [InlineData("esdb://localhost", false)]
    [InlineData("kurrentdb://localhost:2113", false)]
    [InlineData("kurrent://localhost", false)]
    [InlineData("esdb+discover://cluster.example", true)]
    [InlineData("KurrentDB+Discover://cluster.example:2113?", true)]
    [InlineData("kurrent+discover://a,b", true)]
    [InlineData("esdb://a,b,c", true)]
    public void One_host_is_meant_itself_several_or_discover_ask_the_cluster(string text, bool discover)
    {
        var settings = ConnectionString.Parse(text);

        settings.Discover.ShouldBe(discover);
        settings.Tls.ShouldBeTrue();
        settings.VerifyCertificate.ShouldBeTrue();
        settings.Preference.ShouldBe(NodePreference.Leader);
        settings.Credentials.ShouldBeNull();
        settings.Deadline.ShouldBe(TimeSpan.FromSeconds(10));
        settings.KeepAliveInterval.ShouldBe(TimeSpan.FromSeconds(1));
        settings.KeepAliveTimeout.ShouldBe(TimeSpan.FromSeconds(2));
        settings.Ignored.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("http://localhost", "does not begin")]
    [InlineData("esdb://", "host")]
    [InlineData("esdb://a,,b", "host")]
    [InlineData("esdb://a b", "host")]
    [InlineData("esdb://a:0", "port")]
    [InlineData("esdb://a:65536", "port")]
    [InlineData("esdb://a:x", "port")]
    [InlineData("esdb://secret@a", "user:password")]
    [InlineData("esdb://a/streams?tls=false", "path")]
    [InlineData("esdb://a?tls", "name=value")]
    [InlineData("esdb://a?tls=maybe", "tls must be")]
    [InlineData("esdb://a?tls=true&TLS=false", "twice")]
    [InlineData("esdb://a?nodePreference=best", "nodePreference must be")]
    [InlineData("esdb://a?defaultDeadline=-2", "defaultDeadline must be")]
    [InlineData("esdb://a?maxDiscoverAttempts=0", "maxDiscoverAttempts must be")]
    [InlineData("esdb://a?userCertFile=c.pem", "belong together")]
    public void What_cannot_be_meant_is_refused_and_says_why(string text, string why)
    {
        var fault = Should.Throw<FormatException>(() => ConnectionString.Parse(text)).Message;

        fault.ShouldContain(why);
        fault.ShouldNotContain("secret");
    }

    [Fact]
    public void What_is_shown_of_it_holds_no_password() =>
        ConnectionString.Parse("esdb://user:secret@a,b").ToString().ShouldBe("a:2113,b:2113");
}

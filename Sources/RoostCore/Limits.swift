/// Every limit of the product, in one place, with the reason for its size.
public enum Limits {
    // MARK: Clients

    /// Longest message body: a chat message with its encryption envelope; media travels by reference.
    public static let bodyBytesMax = 64 * 1024
    /// Longest client frame: a body in base64 inside JSON, with room for its other fields.
    public static let clientFrameBytesMax = 96 * 1024
    /// Longest HTTP request head: 16 KiB is what common proxies pass on.
    public static let httpHeadBytesMax = 16 * 1024
    /// Longest HTTP body of a resource: a user name and a password need far less.
    public static let httpBodyBytesMax = 16 * 1024
    /// From accept to a complete request head: slower is an idle or hostile peer.
    public static let handshakeDeadline = TimeSpan.seconds(5)
    /// How long a listener that cannot accept, mostly for want of file descriptors, waits before it tries again.
    public static let acceptPause = TimeSpan.seconds(1)
    /// Between the requests of a kept-alive HTTP connection: long enough for a person at a terminal, short for a socket.
    public static let httpIdleDeadline = TimeSpan.seconds(30)
    /// From a complete request to its answer taken by the client: the owners of an account answer or time out well before.
    public static let httpAnswerDeadline = TimeSpan.seconds(30)
    /// After a refusal, how long a connection is still read and thrown away so that the client can read the refusal: a
    /// socket closed over unread bytes resets, and the reset overtakes the refusal.
    public static let lingerDeadline = TimeSpan.seconds(2)
    /// How much is read and thrown away meanwhile.
    public static let lingerBytesMax = 1024 * 1024
    /// Fragments of one client message: nobody needs to cut 96 KiB finer.
    public static let clientFragmentsMax = 256
    /// Bytes asked of a client's socket in one read: what a connection that was once busy goes on holding.
    public static let clientReceiveBytesMax = 16 * 1024
    /// From the upgrade to a valid `hello`.
    public static let authenticationDeadline = TimeSpan.seconds(10)
    /// Silence after which a client's socket is taken for dead: two missed pings of 30 s and some.
    public static let clientSilenceMax = TimeSpan.seconds(75)
    /// Messages sent to a device and not yet acknowledged, when the client asks for no other number.
    public static let windowDefault = 64
    /// The largest window a client may ask for: bounds what a replica remembers of a session.
    public static let windowMax = 256
    /// Messages of one session that wait for `sent`: beyond it the client gets `TOO_MANY_UNSENT`.
    public static let unsentMessagesMax = 256
    /// Bytes of one session that wait for `sent`.
    public static let unsentBytesMax = 1024 * 1024
    /// Streams of one session that the gateway keeps open to save a question to the owners.
    public static let openStreamsMax = 1024
    /// Bytes written to a client's socket and not taken by the kernel: beyond it the node stops reading that socket.
    public static let clientOutboundBytesMax = 256 * 1024
    /// Devices of one user that are active at once: a telephone, a tablet, and what people have on their desks.
    public static let devicesMax = 6
    /// Longest name of a device.
    public static let deviceNameBytesMax = 64
    /// Longest name of a person as it is shown.
    public static let displayNameBytesMax = 128
    /// Longest id of a picture.
    public static let avatarBytesMax = 64
    /// Longest e-mail address: RFC 5321 leaves 254 between its brackets.
    public static let emailBytesMax = 254
    /// Contacts of one user: a large telephone book.
    public static let contactsMax = 5000
    /// People whom one user has blocked.
    public static let blockedMax = 1000
    /// Shortest password.
    public static let passwordBytesMin = 8
    /// Longest password: scrypt hashes any length, but the wait is ours.
    public static let passwordBytesMax = 1024
    /// Password hashes at once: each takes 32 MiB and about 0.1 s of a core.
    public static let passwordHashesAtOnce = 2
    /// Requests that wait for a password hash; beyond it HTTP 503.
    public static let passwordQueueMax = 64

    // MARK: Rates

    /// Accounts or addresses of which a node remembers how much they have asked for: some 10 MB.
    public static let rateKeysMax = 100_000
    // MARK: Presence

    /// People whose presence one session is told: what stands on a screen, and some scrolling.
    public static let watchedMax = 256
    /// People that the sessions of one shard watch, and people that a shard is asked about by nodes: a few hundred bytes each.
    public static let presenceInterestsMax = 262_144
    /// `watch` frames of one session: a person who scrolls.
    public static let watchRate = Rate(burst: 20, interval: .milliseconds(500))
    /// `typing` frames of one session: nobody types to more people at a time.
    public static let typingRate = Rate(burst: 20, interval: .milliseconds(250))
    /// Conversations of one session in which it is remembered that somebody typed a moment ago.
    public static let typingConversationsMax = 64
    /// How long it is shown that somebody types, unless it is said again.
    public static let typingLifetime = TimeSpan.seconds(5)
    /// Between two times that one conversation is told so.
    public static let typingInterval = TimeSpan.seconds(3)
    /// People who may be typing to one user at a time.
    public static let typistsMax = 64
    /// People who are being typed to, of one shard's slots.
    public static let typingsMax = 65_536
    /// What other nodes said of people who type, held until it is known how their clocks stand.
    public static let typingsHeldMax = 1024
    /// Names in one question about who may see a person, and people in one message about presence.
    public static let presenceBatchMax = 256

    // MARK: Mailboxes

    /// Pending messages of one mailbox: about a month away at 3,000 a day.
    public static let mailboxMessagesMax = 100_000
    /// Pending bytes of one mailbox.
    public static let mailboxBytesMax = 256 * 1024 * 1024
    /// Streams that one mailbox remembers.
    public static let mailboxStreamsMax = 65_536

    // MARK: Lifetimes

    /// Longest lifetime of a message: a year, and no end of one is so far away that it could not be written down.
    public static let lifetimeSecondsMax: UInt32 = 365 * 24 * 60 * 60

    /// Streams between two people that one request erases: they fit in one frame between nodes.
    public static let erasedStreamsMax = 8192

    // MARK: Receipts

    /// How long after it rose a receipt is told to devices that have not said that they know it.
    public static let receiptAgeMax = TimeSpan.seconds(30 * 24 * 60 * 60)
    /// Receipts that a client says it knows in one frame.
    public static let receiptsKnownMax = 256
    /// Frames of one session that say so: a client needs one a second at most.
    public static let receiptsKnownRate = Rate(burst: 20, interval: .milliseconds(500))
    /// Receipts that a shard says again when owners may have missed them: what its clients acknowledge in some seconds.
    public static let receiptsSaidMax = 8192
    /// Streams of one mailbox of which an owner tells what is unread: they fit in one frame between nodes.
    public static let unreadStreamsMax = 16_384

    // MARK: Groups

    /// Members of a group.
    public static let groupMembersMax = 1024
    /// Members that one change takes in or puts out: an event names them all.
    public static let groupMembersAtOnce = 32
    /// Changes of a group that are not in order with its messages yet; beyond it a change gets `BUSY`.
    public static let groupChangesPendingMax = 32
    /// Members of the largest group in which it is shown who types: each notice is a message to an owner of each member.
    public static let typingMembersMax = 64
    /// Groups that one user may be in.
    public static let groupsJoinedMax = 1024
    /// Longest name of a group.
    public static let groupNameBytesMax = 100
    /// Messages and events of a group that have a place in its order and are not kept for everybody yet.
    public static let groupWindowMax = 512

    // MARK: Peers

    /// Longest frame between nodes: a full batch with its heads.
    public static let peerFrameBytesMax = 4 * 1024 * 1024
    /// Bytes of one replication batch.
    public static let batchBytesMax = 256 * 1024
    /// Messages of one replication batch.
    public static let batchMessagesMax = 256
    /// Bytes queued to one peer that the kernel has not taken: beyond it what is queued is dropped and the link reset,
    /// which the senders' retries repair.
    public static let peerOutboundBytesMax = 32 * 1024 * 1024
    /// Longest gossip datagram: below every common path MTU.
    public static let gossipDatagramBytesMax = 1400
    /// Members of a cluster.
    public static let membersMax = 1000
    /// Changes of the ring that wait on one node: they are decided one after the other, tens a second at best.
    public static let ringChangesMax = 64
    /// Seed addresses of a node: far more than anybody lists by hand.
    public static let seedsMax = 64
    /// Pings under way on behalf of other nodes: each lives for a second, and a node is asked for a few at a time.
    public static let relayedProbesMax = 256
    /// Member lists of other nodes being read at once; one is the rule.
    public static let listWalksMax = 16

    // MARK: Log

    /// Size at which a segment is sealed.
    public static let segmentBytesMax = 64 * 1024 * 1024
    /// Decoded bytes of one block.
    public static let blockBytesMax = 256 * 1024
    /// Bytes waiting for the log thread: beyond it a send gets `OVERLOADED`.
    public static let logQueueBytesMax = 64 * 1024 * 1024
    /// Decoded blocks kept for readers: a device that comes back reads neighbours.
    public static let logCacheBytesMax = 8 * 1024 * 1024
    /// Segments kept open for reading; a descriptor each.
    public static let logOpenSegmentsMax = 64
    /// Locations waiting to be read: each session fetches within its window, and a whole node's fit many times over.
    public static let logReadsQueuedMax = 262_144
}

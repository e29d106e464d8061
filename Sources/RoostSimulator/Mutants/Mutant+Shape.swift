import RoostCore

/// Where a mutant shows: some rules matter in a few shapes of a run only, and those shapes are rare among all.
extension Mutant {
    /// The shape of a mutant's run, from its seed.
    public func options(seed: UInt64) -> SimulationOptions {
        var options = SimulationOptions(seed: seed)
        switch self {
        case .answerBeforeSync, .refusalIsDurable, .minorityCounts, .votesForgotten, .promiseBroken,
            .readFromOne, .watermarkAbove, .noHoldForPredecessor, .retryNotMarked,
            .gapNotRepaired, .unreadableIsEmpty, .cleanWithoutMoving, .wrongSession, .receiptAbove,
            .ringBeforeSync, .noFence, .commitBeforeMerge, .neverCompared, .freedNotTold,
            .endedSessionStays:
            break
        case .readBeforeSync:
            // Only between an acceptance and its sync is there something to tell too early, and only a crash takes it back. A node by
            // itself is the majority that tells it.
            options = SimulationOptions()
            options.nodes = 1
            options.slots = 16
            options.accountOperations = 40
            options.syncMilliseconds = 300
            options.crashes = 30
            options.downMilliseconds = 300
            options.people = 2
            options.messages = 2
        case .hiddenShown, .deadGatewayStays:
            options.nodes = max(3, options.nodes)
            options.people = max(4, options.people)
            options.lostMajorities = 0
        case .typingStaysFresh:
            options.nodes = max(3, options.nodes)
            options.latencyMilliseconds = 400
            options.clockJumps = 0
            options.clogs = 12
            options.pauses = 6
        case .receiptsNotToldAgain, .knownNotTaken, .readsShownToAll:
            options.people = max(3, options.people)
            options.lostMajorities = 0
            options.disconnects = 20
        case .endedEarly:
            options.lifetimeSeconds = 30
            options.skewSeconds = 0
            options.clockJumps = 0
        case .endNotTold:
            options.endMessages()
        case .numberedAgain, .streamFromOne:
            options.talkInGroups()
        case .changeOvertakes:
            options.talkInGroups()
            options.memberChanges = 40
        case .gapBelieved:
            // Owners that do not hear of an end, and come back.
            options.talkInGroups()
            options.nodes = 3
            options.keepMembers()
            options.memberChanges = 60
            options.crashes = 16
            options.downMilliseconds = 2000
            options.partitions = 12
            options.people = 4
            options.messages = 2
        case .subscribedOnce:
            // Owners that mend their slots do not answer.
            options.nodes = max(3, options.nodes)
            options.keepMembers()
            options.bitRots = 6
            options.segmentRecords = 8
            options.disconnects = 0
            options.lostMajorities = 0
        case .numbersNotTold, .acknowledgedAtOne:
            // Ten minutes later the patrol would have mended it.
            options.nodes = max(3, options.nodes)
            options.slots = 64
            options.livenessSeconds = 60
        case .subscriptionLost:
            // A session that ends of itself and begins anew makes up for it: links break, and nothing else.
            options.nodes = max(2, options.nodes)
            options.keepMembers()
            options.crashes = 0
            options.crashesAll = 0
            options.pauses = 0
            options.disconnects = 0
            options.bitRots = 0
            options.settingChanges = 0
            options.partitions = 12
            options.latencyMilliseconds = 5
            options.livenessSeconds = 40
        case .snapshotFromOneOwner, .anyTwoOfBoth, .oldCopyDroppedAtOnce:
            options.moveMuch()
            // Owners that lack what others have, and no broken link that makes them compare.
            options.refusedAppendsPercent = 20
        case .mergeReportedBeforeSync:
            options.moveMuch()
            options.slowDisks = 12
            options.syncMilliseconds = 300
            options.crashes = 6
        case .quarantineIgnored:
            options.nodes = max(3, options.nodes)
            options.bitRots = 6
            options.segmentRecords = 8
            options.disconnects = 20
            options.messages = 24
        case .lossNotTold:
            options = SimulationOptions()
            options.loseMajority()
        case .olderStateServes:
            options.copyDirectories(restores: 4, clones: 0)
        case .cloneServes:
            options.copyDirectories(restores: 0, clones: 4)
        case .livesForgotten:
            options.copyDirectories(restores: 6, clones: 0)
            options.crashes = 12
            options.crashesAll = 1
            options.downMilliseconds = 1000
        case .blockNotKept:
            options.blocks = 6
            options.lostMajorities = 0
        case .erasedAtOne:
            options.nodes = max(3, options.nodes)
            options.erasures = 8
            options.lostMajorities = 0
            options.disconnects = 20
        case .handleStolen:
            options.handleTakings = 40
            options.lostMajorities = 0
        case .dropUnconfirmed:
            options.linkDevices()
            options.partitions = 30
        case .passOverHeld:
            options.linkDevices()
            options.disconnects = 20
            options.awayMilliseconds = 15_000
        case .floorForgotten:
            options.linkDevices()
            options.segmentRecords = 8
            options.crashes = 8
            options.crashesAll = 1
            options.downMilliseconds = 500
        case .epochVoteForgotten:
            options.nodes = 3
            options.keepMembers()
            options.settingChanges = 150
            options.crashes = 60
            options.downMilliseconds = 400
            options.partitions = 15
            options.latencyMilliseconds = 100
            options.syncMilliseconds = 100
            options.slowDisks = 10
            options.people = 2
            options.messages = 2
            options.accountOperations = 0
        }
        return options
    }
}

extension SimulationOptions {
    /// Nobody comes and nobody goes.
    fileprivate mutating func keepMembers() {
        spares = 0
        ringChanges = 0
        wipes = 0
    }

    /// Two of three disks are lost, and the third lacks much of what they had.
    fileprivate mutating func loseMajority() {
        nodes = 5
        slots = 8
        people = 5
        messages = 24
        crashes = 12
        downMilliseconds = 15_000
        disconnects = 20
        awayMilliseconds = 20_000
        smallWindows = 1
        refusedAppendsPercent = 15
        lostMajorities = 1
    }

    /// Copies of directories come back, with little else that takes nodes away.
    fileprivate mutating func copyDirectories(restores: Int, clones: Int) {
        nodes = max(3, nodes)
        keepMembers()
        bitRots = 0
        lostMajorities = 0
        pauses = 0
        self.restores = restores
        self.clones = clones
    }

    /// Everybody links a second device while messages flow, and little else happens.
    fileprivate mutating func linkDevices() {
        nodes = 3
        keepMembers()
        slots = 8
        people = 4
        devices = 4
        messages = 24
        groups = 0
        crashes = 0
        crashesAll = 0
        pauses = 0
        bitRots = 0
        restores = 0
        clones = 0
        lostMajorities = 0
        latencyMilliseconds = 5
        syncMilliseconds = 3
    }

    /// Messages end while their readers are away, and no owner dies that could have told.
    fileprivate mutating func endMessages() {
        keepMembers()
        lifetimeSeconds = 5
        people = max(3, people)
        disconnects = 20
        awayMilliseconds = 20_000
        crashes = 0
        crashesAll = 0
        bitRots = 0
        lostMajorities = 0
        restores = 0
        clones = 0
    }

    /// Groups, and people who come and go in them.
    fileprivate mutating func talkInGroups() {
        groups = 2
        groupMessages = 20
        memberChanges = 12
        lostMajorities = 0
    }

    /// Few nodes, many changes of the ring, and messages that wait for readers who come and go.
    fileprivate mutating func moveMuch() {
        nodes = 3
        spares = 2
        ringChanges = 6
        people = 5
        messages = 24
        safetySeconds = 90
        disconnects = 40
        awayMilliseconds = 30_000
        smallWindows = 1
        wipes = 0
        bitRots = 0
    }
}

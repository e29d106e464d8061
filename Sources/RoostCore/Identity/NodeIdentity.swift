/// Names one data directory for ever: minted when the directory is made, kept in it, never reused.
public typealias NodeID = UniqueID

/// Names one cluster: minted once by `roost init`.
public typealias ClusterID = UniqueID

/// How often a data directory has been opened. It rises by one, durably, at each start, and so tells two lives of one
/// node apart. It is also the node's SWIM incarnation at start.
public typealias BootCounter = UInt64

/// The number of a decided ring record. 0 means: no ring yet. The first ring is epoch 1.
public typealias Epoch = UInt64

// Whole trees of files, looked at without following links: for restoring into folders, and for removing what was.

/** One entry of the file system, itself: of a link the link. */
export interface TreeEntry {
  type: "file" | "folder" | "link" | "other";
  /** Bytes. */
  size: number;
  uid: number;
  gid: number;
  /** Permission bits. */
  mode: number;
  /** Which file system it is on, and which of its entries it is: both alike, it is the same one. */
  device: string;
  inode: string;
}

/** Every method rejects with the runtime's error. */
export interface FileTree {
  /** Undefined when nothing is there. */
  look(path: string): Promise<TreeEntry | undefined>;
  /** Where it is once every link on the way is followed; undefined when nothing is there. */
  realPath(path: string): Promise<string | undefined>;
  /** Whether this user may make entries in a folder; false as well where nothing is there. */
  mayFill(path: string): Promise<boolean>;
  /** The number of the user that this process is. */
  user(): number;
  /** Within one file system; a file or link that has the new name is replaced, and never followed. */
  move(from: string, to: string): Promise<void>;
  /** With all that is in it, also where that may not be written; links are not followed. Nothing there is no error. */
  removeAll(path: string): Promise<void>;
  /** Bytes that this user may yet write on the disk of this folder. */
  freeBytes(path: string): Promise<number>;
  giveTo(path: string, uid: number, gid: number): Promise<void>;
}

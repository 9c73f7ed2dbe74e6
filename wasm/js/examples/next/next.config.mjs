export default {
  // A redirect is final with Overten: with its final slash the path is the same path.
  skipTrailingSlashRedirect: true,
};
